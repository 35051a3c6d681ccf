"""The articles of the simulated shop: how they are filed, how well each sells and when."""

from dataclasses import dataclass

import numpy as np

from recs_py.synthetic.settings import WorldSettings
from recs_py.synthetic.vocabulary import FAMILIES, SECTIONS

FAMILY_NAMES = tuple(FAMILIES)


@dataclass(frozen=True)
class Catalogue:
    """Articles in shop order: section by section, department by department, product by product.

    Because of that order every section, department and product is a range of positions, so that a random
    article of any of them, by popularity, is one search in one running total (`Assortment`).

    Attributes
    ----------
    product, department : int32 array, shape (articles,)
        Position of the article's product and department.
    product_start, department_start, section_start : int64 array, shape (groups + 1,)
        The first article of each product, department, section; the last element is the number of articles.
    sections : int64 array, shape (sections,)
        Position in `SECTIONS` of the sections that this catalogue has.
    department_section, department_family : int16 array, shape (departments,)
        Position in `sections` and in `FAMILY_NAMES`.
    department_age : float64 array, shape (departments,)
        Age at which the department appeals most.
    department_volume : float64 array, shape (departments,)
        Share of the shop's sales over the whole period.
    popularity, life, launch : float64 array, shape (articles,)
        Appeal at launch; days in which it falls to a third; day of the launch (below 0: before the period).
    price : float64 array, shape (articles,)
        In H&M's unit, a 590th of a euro price.
    """

    product: np.ndarray
    department: np.ndarray
    product_start: np.ndarray
    department_start: np.ndarray
    section_start: np.ndarray
    sections: np.ndarray
    department_section: np.ndarray
    department_family: np.ndarray
    department_age: np.ndarray
    department_volume: np.ndarray
    popularity: np.ndarray
    life: np.ndarray
    launch: np.ndarray
    price: np.ndarray

    @property
    def articles(self) -> int:
        """Number of articles."""
        return len(self.product)


def build_catalogue(*, articles: int, days: int, settings: WorldSettings, rng: np.random.Generator) -> Catalogue:
    """Draw a catalogue of exactly `articles` articles for a period of `days` days."""
    departments = int(np.clip(articles / settings.articles_per_department, 1, settings.most_departments))
    section, family, age = _departments(departments, rng)

    # Every department gets a product before any gets a second, so that none is empty.
    colours = rng.geometric(1 / settings.colours_per_product, articles)
    products = int(np.searchsorted(np.cumsum(colours), articles) + 1)
    colours = colours[:products]
    colours[-1] -= colours.sum() - articles
    volume = np.array([SECTIONS[s].volume for s in section]) / np.bincount(section)[section]
    volume *= rng.lognormal(0, 0.5, departments)
    product_department = rng.choice(departments, products, p=volume / volume.sum())
    product_department[: min(departments, products)] = np.arange(min(departments, products))
    order = np.argsort(product_department, kind="stable")
    product_department, colours = product_department[order], colours[order]
    product = np.repeat(np.arange(products, dtype=np.int32), colours)
    department = product_department[product].astype(np.int32)

    def appeal(count: int) -> np.ndarray:
        return np.clip(rng.standard_normal(count), -settings.popularity_limit, settings.popularity_limit)

    popularity = np.exp(
        settings.product_popularity_spread * appeal(products)[product]
        + settings.colour_popularity_spread * appeal(articles)
    )
    life = np.exp(settings.life_spread * rng.standard_normal(products))[product] * settings.life_median
    life *= rng.lognormal(0, 0.2, articles)
    launch = _launches(product, life, days, settings, rng)

    base_price = np.array([FAMILIES[FAMILY_NAMES[f]].price for f in family])
    euro = np.maximum(2, np.round(base_price[product_department] * rng.lognormal(0, 0.4, products))) - 0.01
    sold = popularity * np.minimum(life, days)
    too_large = np.maximum(1, sold / (settings.largest_article * sold.mean()))
    popularity, sold = popularity / too_large, sold / too_large
    department_volume = np.bincount(department, sold, departments)

    department_start = np.searchsorted(department, np.arange(departments + 1))
    sections_in_use, section = np.unique(section, return_inverse=True)
    return Catalogue(
        product=product,
        department=department,
        product_start=np.concatenate([[0], np.cumsum(colours)]),
        department_start=department_start,
        section_start=np.append(department_start[np.searchsorted(section, np.arange(len(sections_in_use)))], articles),
        sections=sections_in_use,
        department_section=section.astype(np.int16),
        department_family=family.astype(np.int16),
        department_age=age,
        department_volume=department_volume / department_volume.sum(),
        popularity=popularity,
        life=life,
        launch=launch,
        price=euro[product] / 590,
    )


def _departments(departments: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spread departments over the sections by volume, each with a family of garments and an age."""
    volume = np.array([section.volume for section in SECTIONS])
    # Square roots: a large section has larger departments, not only more of them.
    quota = np.sqrt(volume) / np.sqrt(volume).sum() * departments
    count = np.floor(quota).astype(int)
    most_missing = np.argsort(-(quota - count), kind="stable")
    count[most_missing[: departments - count.sum()]] += 1
    section = np.repeat(np.arange(len(SECTIONS)), count)
    place = np.arange(departments) - np.repeat(np.cumsum(count) - count, count)
    family = np.array(
        [
            FAMILY_NAMES.index(SECTIONS[s].families[p % len(SECTIONS[s].families)])
            for s, p in zip(section, place, strict=True)
        ]
    )
    age = np.array([SECTIONS[s].age for s in section]) + rng.normal(0, 3, departments)
    return section, family, age


def _launches(
    product: np.ndarray, life: np.ndarray, days: int, settings: WorldSettings, rng: np.random.Generator
) -> np.ndarray:
    """Launch products evenly over time; the shop is as full on the first day as on the last.

    Launches reach as far back before the period as the period is long. A product that would have left
    before the first day is launched within the period instead, so that every article of the catalogue can sell.
    """
    products = int(product[-1]) + 1
    first_of_product = np.searchsorted(product, np.arange(products))
    start = rng.uniform(-days, days, products)
    withdrawn = start + settings.lives_until_withdrawn * life[first_of_product]
    again = rng.uniform(0, days, products)
    start = np.where(withdrawn < 14, again, start)
    launch = start[product] + rng.exponential(settings.colour_delay, len(product))
    launch[first_of_product] = start
    return np.floor(np.minimum(launch, days - 1))


class Assortment:
    """The articles that the shop offers on a day, and draws from them by popularity."""

    def __init__(self, catalogue: Catalogue, settings: WorldSettings, *, first_week_of_year: float):
        self.catalogue = catalogue
        self.settings = settings
        self.first_week_of_year = first_week_of_year
        peaks = [FAMILIES[FAMILY_NAMES[family]].season for family in catalogue.department_family]
        self._has_season = np.array([peak is not None for peak in peaks])
        self._peak = np.array([peak or 0 for peak in peaks])
        self._trend = np.ones(catalogue.articles)

    def new_week(self, rng: np.random.Generator) -> None:
        """Draw this week's noise in the appeal of every article."""
        self._trend = np.exp(self.settings.trend_spread * rng.standard_normal(self.catalogue.articles))

    def open(self, day: int) -> None:
        """Compute what the articles weigh on a day (0 is the first of the period)."""
        catalogue, settings = self.catalogue, self.settings
        week = self.first_week_of_year + day / 7
        season = np.cos(2 * np.pi * (week - self._peak) / 52.18)
        self.season = np.where(self._has_season, np.exp(settings.season_strength * season), 1.0)
        age = day - catalogue.launch
        self.age_in_lives = age / catalogue.life
        on_sale = (age >= 0) & (self.age_in_lives < settings.lives_until_withdrawn)
        climb = settings.launch_share + (1 - settings.launch_share) * age / settings.launch_days
        weight = np.minimum(climb, 1) * np.exp(-np.maximum(self.age_in_lives, 0)) * self.season[catalogue.department]
        weight *= catalogue.popularity * self._trend
        weight[~on_sale] = 0
        if not on_sale.any():  # a world of a few articles may have a day between two lives
            weight[:] = catalogue.popularity
        self.weight = weight
        self.total = np.concatenate([[0.0], np.cumsum(weight)])

    def take(self, start: np.ndarray, stop: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Take one article from each range `start:stop` by weight; -1 where nothing of it is on sale."""
        low, high = self.total[start], self.total[stop]
        article = np.searchsorted(self.total, low + uniform * (high - low), side="right") - 1
        # Rounding can land a hair beside the range or on an article without weight.
        article = np.clip(article, start, np.maximum(stop - 1, start))
        return np.where((high > low) & (self.weight[article] > 0), article, -1)

    def price_today(self, article: np.ndarray) -> np.ndarray:
        """Price per piece, marked down towards the end of an article's life; a whole number of cents."""
        price = self.catalogue.price[article]
        late = self.age_in_lives[article] > self.settings.markdown_after_lives
        return np.where(late, np.round(price * (1 - self.settings.markdown) * 5900) / 5900, price)
