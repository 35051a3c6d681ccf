"""Writes the files of a corner shop, as a till might export them: python docs/tutorial/corner_shop.py FOLDER.

FOLDER/history holds forty weeks until Sunday, 25 May 2025, FOLDER/next_week the week after.
"""

import csv
import datetime as dt
import random
import sys
from pathlib import Path

RANGE = {
    "Bread": ["Sourdough", "Rye bread", "Baguette", "Rolls", "Brioche", "Toast"],
    "Dairy": ["Milk", "Oat drink", "Butter", "Yoghurt", "Crème fraîche", "Gouda", "Feta", "Eggs"],
    "Fruit": ["Bananas", "Apples", "Pears", "Grapes", "Lemons", "Strawberries"],
    "Vegetables": ["Tomatoes", "Cucumber", "Potatoes", "Carrots", "Onions", "Salad", "Peppers"],
    "Pantry": ["Pasta", "Rice", "Olive oil", "Flour", "Sugar", "Passata", "Lentils", "Muesli", "Honey"],
    "Drinks": ["Coffee", "Black tea", "Apple juice", "Sparkling water", "Beer", "Red wine"],
    "Sweets": ["Chocolate", "Biscuits", "Ice cream", "Crisps"],
    "Household": ["Dish soap", "Kitchen roll", "Candles", "Batteries"],
}
ARTICLES = [
    (f"{department[:2].upper()}{number:03}", name, department)
    for department, names in RANGE.items()
    for number, name in enumerate(names, start=1)
]
FIRST_DAY = dt.date(2024, 8, 19)
CUSTOMERS, WEEKS = 240, 41


def purchases() -> list[tuple[dt.date, str, str, int]]:
    """Lines of the till: customers buy their staples when they run out, and now and then anything."""
    draw = random.Random(1).random
    lines = []
    for customer in range(1, CUSTOMERS + 1):
        name = f"C{customer:05}"
        staples = {int(draw() ** 1.5 * len(ARTICLES)): 5 + draw() * 25 for _ in range(4 + int(draw() * 6))}
        visits_a_week, next_due = 0.5 + 2 * draw(), dict.fromkeys(staples, 0.0)
        for day in range(7 * WEEKS):
            if draw() > visits_a_week / 7:
                continue
            date = FIRST_DAY + dt.timedelta(days=day)
            for article, days in staples.items():
                if day >= next_due[article] and draw() < 0.8:
                    lines.append((date, name, ARTICLES[article][0], 1 + int(draw() * 1.3)))
                    next_due[article] = day + days * (0.8 + 0.4 * draw())
            if draw() < 0.5:
                lines.append((date, name, ARTICLES[int(draw() ** 2 * len(ARTICLES))][0], 1))
            if draw() < 0.005:  # brought back
                lines.append((date, name, lines[-1][2], -1))
        if draw() < 0.1:  # without a customer card
            lines.append((FIRST_DAY + dt.timedelta(days=int(draw() * 7 * WEEKS)), "", "DA001", 1))
    return sorted(lines)


def write(folder: Path, lines: list[tuple[dt.date, str, str, int]]) -> None:
    """Write one delivery: order_lines.csv and products.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    prices = {article: 90 + 35 * place for place, (article, _, _) in enumerate(ARTICLES)}
    with (folder / "order_lines.csv").open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["order_date", "customer", "sku", "quantity", "unit_price"])
        for date, customer, article, quantity in lines:
            price = f"{prices[article] / 100:.2f}".replace(".", ",")
            writer.writerow([f"{date:%d/%m/%Y}", customer, article, quantity, price])
    with (folder / "products.csv").open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["sku", "title", "product_group"])
        writer.writerows(ARTICLES)


folder = Path(sys.argv[1])
everything = purchases()
monday = FIRST_DAY + dt.timedelta(days=7 * (WEEKS - 1))
write(folder / "history", [line for line in everything if line[0] < monday])
write(folder / "next_week", [line for line in everything if line[0] >= monday])
print(f"{folder}: {len(ARTICLES)} articles, {CUSTOMERS} customers, {len(everything):,} lines")
