"""Every knob of the simulated shop in one place, with what it moves."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class WorldSettings:
    """How the simulated shop behaves; the defaults are calibrated against H&M's published figures.

    Shares are between 0 and 1, spreads are standard deviations of a logarithm, lengths are in days unless the
    name differs. `benchmarks.calibration` measures what a choice leads to.

    Attributes
    ----------
    first_day, last_day
        The period, both inclusive.
    month_volumes
        Lines sold in each calendar month of the period (any unit, spread evenly over the days of a month).
    weekday_volumes
        The same for Monday .. Sunday.
    day_noise
        Spread of the volume of single days.

    colours_per_product
        Mean number of colour variants (articles) of one product; the number is geometric.
    most_departments
        Departments of a large catalogue; a small one gets fewer.
    articles_per_department
        The least mean size of a department; decides how many a small catalogue gets.
    product_popularity_spread, colour_popularity_spread
        How unequal products are, and the colours of one product: the tail of sales per article.
    popularity_limit
        Standard deviations at which the popularity of a product, or of a colour, is cut.
    largest_article
        What the largest article may sell over its life, in means of all articles.
    life_median, life_spread
        Time in which an article's sales fall to a third. Long lives are the basics that sell for years.
    lives_until_withdrawn
        An article leaves the shop after this many of its lives.
    launch_days, launch_share
        Sales climb in a straight line from `launch_share` to full within the first `launch_days`.
    colour_delay
        Mean days between the launches of a product's colours.
    trend_spread
        Spread of the noise of an article's appeal from week to week (what makes last week's bestsellers
        fallible).
    season_strength
        How strongly seasonal departments (swimwear, outerwear ...) rise and fall; 0 is not at all.
    markdown_after_lives, markdown
        From this age the price falls by the share `markdown`.

    never_buy_share
        Customers of the customer file without any transaction.
    newcomer_share
        Customers who cannot buy before a day of their own (spread evenly over all sales); the others are
        customers from before the first day.
    rate_spread
        How unequally often customers shop.
    customer_limit
        Standard deviations at which rates and baskets are cut, so that nobody buys the shop empty.
    basket_mean, basket_spread
        Mean lines of an ordinary visit, and how much customers differ in it.
    return_share, return_days
        Visits that lead to a short second one (a fitting size, one more of the same), and the mean days until
        then.
    return_basket_mean, return_repurchase_share
        Mean lines of a second visit, and the share of its lines that repeat an article bought before.
    repurchase_share
        Lines of an ordinary visit that repeat one of the customer's remembered articles.
    variant_share
        Lines that take another colour of a remembered product.
    basket_variant_share
        Lines that take another colour of what lies in the basket already.
    quantity_share
        Lines that repeat the line before (one article in two sizes or pieces: same day, customer and
        article).
    memory, memory_depth
        Purchases that a customer remembers, and the mean number of purchases that a repetition goes back.
    return_memory_depth
        The latter on a second visit.
    has_it_share
        Freely chosen lines that are drawn again if the customer remembers the article.

    taste_weights
        How a customer's lines divide among his favourite departments (two of them may be the same one).
    department_share
        Lines chosen within a favourite department.
    section_share
        Lines chosen within the section around a favourite department; the rest comes from the whole shop.
    full_catalogue, small_shop_narrowing
        A catalogue of fewer articles than the first loses lines of the whole shop to favourite departments:
        their share is multiplied by (articles / `full_catalogue`) to the power of the second; 0 for never.
    basket_focus
        Lines for which the visit's own favourite department decides, rather than any of the customer's.
    age_width, age_floor
        Years over which a department's appeal fades around its age, and what remains far away from it.
    age_unknown_share, flag_unknown_share
        Customers without an age, and without FN and Active.
    online_share
        Visits on sales channel 2.
    """

    first_day: date = date(2018, 9, 20)
    last_day: date = date(2020, 9, 22)
    month_volumes: tuple[float, ...] = (
        0.59, 1.40, 1.27, 1.15, 1.26, 1.14, 1.31, 1.53, 1.60, 1.85, 1.78, 1.23,
        1.28, 1.25, 1.25, 1.16, 1.17, 1.10, 1.00, 1.33, 1.36, 1.53, 1.18, 1.05, 0.755,
    )  # fmt: skip
    weekday_volumes: tuple[float, ...] = (0.92, 0.96, 1.03, 1.03, 1.03, 1.10, 0.93)
    day_noise: float = 0.06

    colours_per_product: float = 2.235
    most_departments: int = 299
    articles_per_department: float = 12.0
    product_popularity_spread: float = 1.05
    colour_popularity_spread: float = 0.75
    popularity_limit: float = 3.0
    largest_article: float = 150.0
    life_median: float = 50.0
    life_spread: float = 1.05
    lives_until_withdrawn: float = 5.5
    launch_days: float = 10.0
    launch_share: float = 0.6
    colour_delay: float = 6.0
    trend_spread: float = 0.33
    season_strength: float = 1.0
    markdown_after_lives: float = 1.6
    markdown: float = 0.35

    never_buy_share: float = 0.007
    newcomer_share: float = 0.45
    rate_spread: float = 1.15
    customer_limit: float = 2.9
    basket_mean: float = 3.6
    basket_spread: float = 0.75
    return_share: float = 0.12
    return_days: float = 9.0
    return_basket_mean: float = 1.15
    return_repurchase_share: float = 0.42
    repurchase_share: float = 0.005
    variant_share: float = 0.045
    basket_variant_share: float = 0.07
    quantity_share: float = 0.13
    memory: int = 16
    memory_depth: float = 2.5
    return_memory_depth: float = 2.0
    has_it_share: float = 0.9

    taste_weights: tuple[float, ...] = (0.55, 0.30, 0.15)
    department_share: float = 0.155
    section_share: float = 0.22
    full_catalogue: int = 100_000
    small_shop_narrowing: float = 0.28
    basket_focus: float = 0.6
    age_width: float = 13.0
    age_floor: float = 0.15
    age_unknown_share: float = 0.0116
    flag_unknown_share: float = 0.655
    online_share: float = 0.70
