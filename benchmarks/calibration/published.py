"""Published figures of H&M's data: simple methods and shares for the week of 2020-09-16, all customers."""

from datetime import date

TARGET_WEEK = date(2020, 9, 16)

# In the order of the table. If a publication is ambiguous, the name contains the reading chosen here.
PUBLISHED: dict[str, float] = {
    "bestsellers of 7 days, MAP@12": 0.009,
    "repurchase 90 days + bestsellers, MAP@12": 0.026,
    "repurchase 90 days + bestsellers, recall@12": 0.052,
    "repurchase 90 days alone, MAP@12": 0.022,
    "buyers with a purchase in the last 90 days": 0.73,
    "item-kNN plain, MAP@12": 0.0115,
    "item-kNN 1/days and 30-day whitelist, MAP@12": 0.027,
    "bestsellers of 7 days, recall@100": 0.105,
    "item-kNN plain, recall@100": 0.058,
    "whole history, latest first, recall@100": 0.042,
    "repurchases among the week's purchases": 0.028,
    "never-sold-before articles among the week's purchases": 0.043,
    "last week's top 20,000 articles among the week's purchases": 0.94,
    "customers who buy in the week": 0.0503,
    "articles per buyer in the week": 3.1,
    "buyers of the week who buy for the first time": 0.08,
    "customers silent for 90 days": 0.50,
    "lines per customer, median": 9,
    "lines per customer, mean": 23.2,
    "lines per customer, largest": 1900,
    "lines per article, median": 65,
    "lines per article, mean": 301,
    "lines per article, largest": 50_000,
    "articles between first and last sale, mean share": 0.33,
}
