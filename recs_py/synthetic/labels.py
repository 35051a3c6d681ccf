"""The written side of the world: ids, names, attributes and texts of articles and customers."""

import numpy as np
import pyarrow as pa

from recs_py.synthetic.catalogue import FAMILY_NAMES, Catalogue
from recs_py.synthetic.files import ARTICLES
from recs_py.synthetic.population import Population
from recs_py.synthetic.settings import WorldSettings
from recs_py.synthetic.vocabulary import (
    APPEARANCES,
    COLOURS,
    DETAILS,
    FABRICS,
    FAMILIES,
    INDEXES,
    NAME_WORDS,
    SECTIONS,
)

FIRST_PRODUCT_CODE, PRODUCT_CODES = 108_775, 890_000
PRODUCT_TYPES = sorted({name for family in FAMILIES.values() for name in family.types})
NO_TEXT_SHARE = 0.004
HOMES_PER_POSTAL_CODE = 3.9
UNKNOWN_POSTAL_CODE_SHARE = 0.088


def article_ids(catalogue: Catalogue, rng: np.random.Generator) -> np.ndarray:
    """Ten digits as text: a leading zero, a product code that rises with the launch, a number of the colour.

    Returns
    -------
    array of str, shape (articles,)
        In the catalogue's order.
    """
    products = int(catalogue.product[-1]) + 1
    code = FIRST_PRODUCT_CODE + np.sort(rng.choice(PRODUCT_CODES, products, replace=False))
    by_launch = np.argsort(catalogue.launch[catalogue.product_start[:-1]], kind="stable")
    product_code = np.empty(products, np.int64)
    product_code[by_launch] = code
    place = np.arange(catalogue.articles) - catalogue.product_start[catalogue.product]
    number = product_code[catalogue.product] * 1000 + place + 1
    return np.char.zfill(number.astype(str), 10)


def article_columns(catalogue: Catalogue, ids: np.ndarray, rng: np.random.Generator) -> list[pa.Array]:
    """Columns of `files.ARTICLES`, ordered by id as H&M's file is."""
    products = len(catalogue.product_start) - 1
    colour_odds = np.array([colour[-1] for colour in COLOURS])
    appearance_odds = np.array([appearance[-1] for appearance in APPEARANCES])
    appearance = rng.choice(len(APPEARANCES), products, p=appearance_odds / appearance_odds.sum())
    colour = rng.choice(len(COLOURS), catalogue.articles, p=colour_odds / colour_odds.sum())
    word = rng.integers(len(NAME_WORDS), size=products)
    kind = rng.integers(1 << 30, size=products)
    fabric = rng.integers(len(FABRICS), size=products)
    details = rng.integers(len(DETAILS), size=(products, 3))
    has_text = rng.random(products) >= NO_TEXT_SHARE

    rows = []
    for position in np.argsort(ids).tolist():
        product, department = int(catalogue.product[position]), int(catalogue.department[position])
        section = SECTIONS[catalogue.sections[catalogue.department_section[department]]]
        family_name = FAMILY_NAMES[catalogue.department_family[department]]
        family = FAMILIES[family_name]
        product_type = family.types[kind[product] % len(family.types)]
        look = APPEARANCES[appearance[product]]
        shade = COLOURS[colour[position]]
        first, second, third = (DETAILS[detail] for detail in details[product])
        text = (
            f"{look[2].capitalize()} {product_type.lower()} in {FABRICS[fabric[product]]} "
            f"with {first}, {second} and {third}."
        )
        filed = (1201 + department, f"{section.name.split()[-1]} {family_name}", section.index)
        number = ids[position]
        name = f"{NAME_WORDS[word[product]]} {product_type.lower()}"
        kind_columns = (49 + PRODUCT_TYPES.index(product_type), product_type, family.group, look[0], look[1])
        section_columns = (*INDEXES[section.index], section.number, section.name, *family.garment_group)
        labels = (number, number[:7], name, *kind_columns, *shade[:6], *filed, *section_columns)
        rows.append((*labels, text if has_text[product] else None))
    return [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), ARTICLES, strict=True)]


def hexadecimal(count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` distinct ids of 64 hexadecimal characters, sorted; as bytes."""
    return np.sort(np.frombuffer(rng.bytes(32 * count).hex().encode(), dtype="S64"))


def customer_columns(
    population: Population, ids: pa.Array, settings: WorldSettings, rng: np.random.Generator
) -> list[pa.Array]:
    """Columns of `files.CUSTOMERS`; what is unknown is null, as in H&M's file."""
    customers = len(ids)
    draw = rng.random((3, customers))
    news = draw[0] >= settings.flag_unknown_share
    # Active is empty for a few of those who have FN.
    active = news & (draw[1] >= 0.026)
    club = rng.choice(3, customers, p=(0.931, 0.0685, 0.0005))
    reads = np.where(news, 0, 1)
    reads[rng.random(customers) < 0.0006] = 2
    codes = max(1, int(customers / HOMES_PER_POSTAL_CODE))
    postal_code = np.where(rng.random(customers) < UNKNOWN_POSTAL_CODE_SHARE, 0, rng.integers(codes, size=customers))
    dictionary = pa.array(hexadecimal(codes, rng).astype(str))
    one = np.ones(customers)
    return [
        ids,
        pa.array(one, mask=~news),
        pa.array(one, mask=~active),
        pa.array(np.array(["ACTIVE", "PRE-CREATE", "LEFT CLUB"])[club], mask=rng.random(customers) < 0.0044),
        pa.array(np.array(["Regularly", "NONE", "Monthly"])[reads], mask=rng.random(customers) < 0.0117),
        pa.array(population.age.astype(np.int64), mask=draw[2] < settings.age_unknown_share),
        dictionary.take(pa.array(postal_code)),
    ]
