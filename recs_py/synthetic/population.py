"""The customers of the simulated shop: when they come, how often, how much and what they like."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from recs_py.synthetic.catalogue import Catalogue
from recs_py.synthetic.settings import WorldSettings

AGE_BANDS = (16, 20, 25, 30, 36, 43, 50, 60, 100)


@dataclass(frozen=True)
class Population:
    """One element per customer.

    Attributes
    ----------
    age : int16 array
        Also of the customers whose age is missing in the customer file.
    rate : float64 array
        How often the customer shops, relative to others; 0 for those who never do.
    basket : float64 array
        Mean lines of an ordinary visit, at least 1.
    joins, deadline : int16 array
        Days: from when the customer may shop, and by when at the latest the first time.
    tastes : int16 array, shape (customers, tastes)
        Favourite departments, the dearest first.
    online : bool array
        Whether the customer prefers the online shop.
    """

    age: np.ndarray
    rate: np.ndarray
    basket: np.ndarray
    joins: np.ndarray
    deadline: np.ndarray
    tastes: np.ndarray
    online: np.ndarray


def build_population(
    *,
    customers: int,
    catalogue: Catalogue,
    day_volumes: np.ndarray,
    settings: WorldSettings,
    rng: np.random.Generator,
) -> Population:
    """Draw `customers` customers whose days follow the volume of sales (`day_volumes`, shape (days,))."""
    days = len(day_volumes)
    passed = np.cumsum(day_volumes) / day_volumes.sum()

    young = rng.random(customers) < 0.52
    age = np.where(young, rng.normal(25, 4.5, customers), rng.normal(46, 10.5, customers))
    age = np.clip(age, 16, 99).astype(np.int16)

    def unequal(spread: float) -> np.ndarray:
        limit = settings.customer_limit
        return np.exp(spread * np.clip(rng.standard_normal(customers), -limit, limit))

    rate = unequal(settings.rate_spread)
    rate[rng.random(customers) < settings.never_buy_share] = 0
    basket = unequal(settings.basket_spread)
    basket = 1 + (settings.basket_mean - 1) * basket / basket.mean()

    deadline = np.minimum(np.searchsorted(passed, rng.random(customers)), days - 1).astype(np.int16)
    joins = np.where(rng.random(customers) < settings.newcomer_share, deadline, 0).astype(np.int16)
    return Population(
        age=age,
        rate=rate,
        basket=basket,
        joins=joins,
        deadline=deadline,
        tastes=_tastes(age, catalogue, settings, rng),
        online=rng.random(customers) < settings.online_share,
    )


def _tastes(age: np.ndarray, catalogue: Catalogue, settings: WorldSettings, rng: np.random.Generator) -> np.ndarray:
    """Draw favourite departments by their size and by how well they suit the customer's age band."""
    tastes = np.empty((len(age), len(settings.taste_weights)), np.int16)
    for low, high in pairwise(AGE_BANDS):
        in_band = np.flatnonzero((age >= low) & (age < high))
        if not len(in_band):
            continue
        years = (catalogue.department_age - age[in_band].mean()) / settings.age_width
        suits = catalogue.department_volume * (settings.age_floor + np.exp(-(years**2) / 2))
        running = np.cumsum(suits) / suits.sum()
        drawn = np.searchsorted(running, rng.random((len(in_band), tastes.shape[1])))
        tastes[in_band] = np.minimum(drawn, len(running) - 1)
    return tastes
