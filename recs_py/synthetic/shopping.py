"""Purchases of a day: visits, baskets, and the choice of every line."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from recs_py.synthetic.catalogue import Assortment, Catalogue
from recs_py.synthetic.population import Population
from recs_py.synthetic.settings import WorldSettings

ONLINE, IN_STORE = 2, 1


@dataclass(frozen=True)
class Lines:
    """Purchases of one day, ordered by customer; all arrays have one element per line."""

    day: int
    customer: np.ndarray
    article: np.ndarray
    price: np.ndarray
    channel: np.ndarray


@dataclass(frozen=True)
class Visits:
    """One element per visit of a day; no customer comes twice (a basket is a customer and a day)."""

    customer: np.ndarray
    lines: np.ndarray
    is_return: np.ndarray


class Shop:
    """The state that one day leaves to the next: who is known, who comes back when, who remembers what."""

    def __init__(self, catalogue: Catalogue, population: Population, assortment: Assortment, settings: WorldSettings):
        self.catalogue, self.population, self.assortment, self.settings = catalogue, population, assortment, settings
        customers = len(population.rate)
        buys = population.rate > 0
        self._seen = ~buys
        # A dozen bestsellers are much of a small shop: there tastes must be narrower to matter at all.
        whole_shop = 1 - settings.department_share - settings.section_share
        smaller = min(1.0, catalogue.articles / settings.full_catalogue) ** settings.small_shop_narrowing
        self._department_share = 1 - settings.section_share - whole_shop * smaller
        self._running_rate = np.cumsum(population.rate)
        self._by_deadline = np.argsort(population.deadline, kind="stable")
        self._overdue = np.empty(0, np.int64)
        self._returns: dict[int, list[np.ndarray]] = {}
        # The last purchases of each customer, as a ring: purchase number n stands in place n % memory.
        self._memory = np.full((customers, settings.memory), -1, np.int32)
        self._purchases = np.zeros(customers, np.int32)

    def days(self, lines_per_day: np.ndarray, rngs: Iterator[np.random.Generator]) -> Iterator[Lines]:
        """Yield every day's purchases; exactly `lines_per_day[day]` of them."""
        due = np.searchsorted(self.population.deadline[self._by_deadline], np.arange(len(lines_per_day) + 1))
        for day, lines in enumerate(lines_per_day):
            rng = next(rngs)
            if day % 7 == 0:
                self.assortment.new_week(rng)
            self.assortment.open(day)
            first_visits = self._by_deadline[due[day] : due[day + 1]]
            visits = self._visits(day, int(lines), first_visits, rng)
            yield self._purchase(day, visits, rng)

    def _visits(self, day: int, lines: int, first_visits: np.ndarray, rng: np.random.Generator) -> Visits:
        """Let in who must come today, then others by their rate, until the day's lines are reached."""
        population, settings = self.population, self.settings
        waiting = np.concatenate([self._overdue, first_visits])
        waiting = waiting[~self._seen[waiting]]
        returning = np.concatenate([*self._returns.pop(day, []), np.empty(0, np.int64)])
        customer = np.concatenate([waiting, returning])
        is_return = np.arange(len(customer)) >= len(waiting)
        size = self._basket_sizes(customer, is_return, rng)
        for _ in range(30):
            customer, first = np.unique(customer, return_index=True)
            order = np.argsort(first)  # unique sorts; keep who came first in front
            customer, first = customer[order], first[order]
            is_return, size = is_return[first], size[first]
            missing = lines - int(size.sum())
            if missing <= 0:
                break
            drawn = int(1.3 * missing / settings.basket_mean) + 2
            more = np.searchsorted(self._running_rate, rng.random(drawn) * self._running_rate[-1], side="right")
            more = more[population.joins[more] <= day]
            customer = np.concatenate([customer, more])
            is_return = np.concatenate([is_return, np.zeros(len(more), bool)])
            size = np.concatenate([size, self._basket_sizes(more, is_return[len(size) :], rng)])
        if missing > 0:
            # A world with more lines than its customers would buy: larger baskets for those who are here.
            if not len(customer):
                customer, is_return = np.flatnonzero(population.rate > 0)[:1], np.zeros(1, bool)
                size = np.zeros(1, np.int64)
            size = size + missing // len(size)
            size[: lines - int(size.sum())] += 1
        # Cut the last basket to what is left, and send home who came after it.
        before = np.cumsum(size) - size
        inside = before < lines
        size = np.minimum(size, lines - before)[inside]
        customer, is_return = customer[inside], is_return[inside]
        self._seen[customer] = True
        self._overdue = waiting[~self._seen[waiting]]
        by_customer = np.argsort(customer)
        return Visits(customer[by_customer], size[by_customer], is_return[by_customer])

    def _basket_sizes(self, customer: np.ndarray, is_return: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        mean = np.where(is_return, self.settings.return_basket_mean, self.population.basket[customer])
        return rng.geometric(1 / np.maximum(mean, 1))

    def _purchase(self, day: int, visits: Visits, rng: np.random.Generator) -> Lines:
        settings, population = self.settings, self.population
        visit = np.repeat(np.arange(len(visits.customer)), visits.lines)
        customer = visits.customer[visit]
        place = np.arange(len(visit)) - np.repeat(np.cumsum(visits.lines) - visits.lines, visits.lines)

        article = self._by_taste(visits, visit, customer, rng)
        remembered, known = self._remembered(customer, visits.is_return[visit], rng)
        kind = rng.random(len(visit))
        repeat_share = np.where(visits.is_return, settings.return_repurchase_share, settings.repurchase_share)[visit]
        repeats = known & (kind < repeat_share) & (self.assortment.weight[remembered] > 0)
        article = np.where(repeats, remembered, article)
        varies = known & (kind >= repeat_share) & (kind < repeat_share + settings.variant_share)
        article = self._other_colours(article, remembered, varies, rng)
        article = self._within_basket(article, place, rng)

        self._remember(customer, article, place)
        self._plan_returns(day, visits.customer, rng)
        loyal = rng.random(len(visits.customer)) < 0.9
        online = np.where(loyal, population.online[visits.customer], ~population.online[visits.customer])
        channel = np.where(online, ONLINE, IN_STORE)[visit]
        return Lines(day, customer, article, self.assortment.price_today(article), channel)

    def _by_taste(
        self, visits: Visits, visit: np.ndarray, customer: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Choose from a favourite department, the section around it, or the whole shop."""
        catalogue, settings = self.catalogue, self.settings
        visit_department = self._favourites(visits.customer, rng)
        department = np.where(
            rng.random(len(visit)) < settings.basket_focus,
            visit_department[visit],
            self._favourites(customer, rng),
        )
        scope = rng.random(len(visit))
        section = catalogue.department_section[department]
        in_department = scope < self._department_share
        in_section = ~in_department & (scope < self._department_share + settings.section_share)
        start = np.where(in_department, catalogue.department_start[department], 0)
        stop = np.where(in_department, catalogue.department_start[department + 1], catalogue.articles)
        start = np.where(in_section, catalogue.section_start[section], start)
        stop = np.where(in_section, catalogue.section_start[section + 1], stop)
        uniform = rng.random(len(visit))
        article = self.assortment.take(start, stop, uniform)
        # Clothes are not groceries: who has it already looks for something else.
        has_it = (self._memory[customer] == article[:, None]).any(axis=1)
        again = np.flatnonzero(has_it & (rng.random(len(visit)) < settings.has_it_share))
        article[again] = self.assortment.take(start[again], stop[again], rng.random(len(again)))
        # Nothing of the department on sale today: whatever the shop has.
        nothing = np.flatnonzero(article < 0)
        zero = np.zeros(len(nothing), np.int64)
        article[nothing] = self.assortment.take(zero, zero + catalogue.articles, uniform[nothing])
        return article

    def _favourites(self, customer: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw one favourite department for each customer, more often one that is in season."""
        tastes = self.population.tastes[customer]
        running = np.cumsum(self.assortment.season[tastes] * np.array(self.settings.taste_weights), axis=1)
        chosen = (rng.random(len(customer)) * running[:, -1])[:, None] >= running[:, :-1]
        return np.take_along_axis(tastes, chosen.sum(axis=1)[:, None], axis=1)[:, 0]

    def _remembered(
        self, customer: np.ndarray, is_return: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Recall an earlier purchase for every line, rather a late one; and whether there is one."""
        settings = self.settings
        mean = np.where(is_return, settings.return_memory_depth, settings.memory_depth)
        depth = rng.geometric(1 / mean)
        purchases = self._purchases[customer]
        known = depth <= np.minimum(purchases, self.settings.memory)
        slot = (purchases - np.where(known, depth, 1)) % self.settings.memory
        return self._memory[customer, slot], known

    def _other_colours(
        self, article: np.ndarray, like: np.ndarray, where: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Replace lines by another article of the same product as `like`, where there is one on sale."""
        uniform = rng.random(len(article))
        lines = np.flatnonzero(where)
        product = self.catalogue.product[like[lines]]
        start, stop = self.catalogue.product_start[product], self.catalogue.product_start[product + 1]
        other = self.assortment.take(start, stop, uniform[lines])
        found = (other >= 0) & (other != like[lines])
        article[lines[found]] = other[found]
        return article

    def _within_basket(self, article: np.ndarray, place: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Let some lines repeat, or vary in colour, the last line of the basket that was chosen freely."""
        settings = self.settings
        kind = rng.random(len(article))
        follows = (place > 0) & (kind < settings.quantity_share + settings.basket_variant_share)
        free = np.where(follows, 0, np.arange(len(article)))
        model = article[np.maximum.accumulate(free)]
        article = np.where(follows & (kind < settings.quantity_share), model, article)
        return self._other_colours(article, model, follows & (kind >= settings.quantity_share), rng)

    def _remember(self, customer: np.ndarray, article: np.ndarray, place: np.ndarray) -> None:
        number = self._purchases[customer] + place
        self._memory[customer, number % self.settings.memory] = article
        self._purchases[customer] = number + 1  # lines are ordered by place, the last one stays

    def _plan_returns(self, day: int, customer: np.ndarray, rng: np.random.Generator) -> None:
        comes_back = customer[rng.random(len(customer)) < self.settings.return_share]
        on_day = day + rng.geometric(1 / self.settings.return_days, len(comes_back))
        for later in np.unique(on_day):
            self._returns.setdefault(int(later), []).append(comes_back[on_day == later])
