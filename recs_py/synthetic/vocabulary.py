"""The words of the simulated catalogue: kinds of garments, and how a shop like H&M files them."""

from typing import NamedTuple


class Family(NamedTuple):
    """Garments that one department may hold.

    `season` is the week of the year in which they sell best (None: all year), `price` a typical price in
    euro, `types` the names of product types.
    """

    group: str
    garment_group: tuple[int, str]
    season: int | None
    price: float
    types: tuple[str, ...]


FAMILIES: dict[str, Family] = {
    "Tops": Family("Garment Upper body", (1005, "Jersey Fancy"), None, 13,
                   ("Vest top", "Top", "T-shirt", "Bodysuit")),
    "Basics": Family("Garment Upper body", (1002, "Jersey Basic"), None, 9,
                     ("Vest top", "T-shirt", "Leggings/Tights", "Jersey top")),
    "Blouses": Family("Garment Upper body", (1010, "Blouses"), None, 24,
                      ("Blouse", "Shirt", "Tunic")),
    "Knitwear": Family("Garment Upper body", (1003, "Knitwear"), 44, 29,
                       ("Sweater", "Cardigan", "Turtleneck", "Knitted vest")),
    "Hoodies": Family("Garment Upper body", (1005, "Jersey Fancy"), 42, 24,
                      ("Hoodie", "Sweater", "Joggers")),
    "Outdoor": Family("Garment Upper body", (1007, "Outdoor"), 42, 52,
                      ("Jacket", "Coat", "Parka", "Outdoor Waistcoat")),
    "Blazers": Family("Garment Upper body", (1008, "Dressed"), 38, 45,
                      ("Blazer", "Tailored Waistcoat", "Suit trousers")),
    "Trousers": Family("Garment Lower body", (1009, "Trousers"), None, 27,
                       ("Trousers", "Leggings/Tights", "Culottes")),
    "Denim": Family("Garment Lower body", (1016, "Trousers Denim"), None, 33,
                    ("Jeans", "Denim shorts", "Denim skirt", "Denim jacket")),
    "Skirts": Family("Garment Lower body", (1012, "Skirts"), 22, 22, ("Skirt", "Wrap skirt")),
    "Shorts": Family("Garment Lower body", (1025, "Shorts"), 26, 15, ("Shorts", "Bermudas")),
    "Dresses": Family("Garment Full body", (1013, "Dresses Ladies"), 24, 29,
                      ("Dress", "Jumpsuit/Playsuit", "Kaftan", "Dungarees")),
    "Swimwear": Family("Swimwear", (1018, "Swimwear"), 26, 16,
                       ("Swimwear bottom", "Bikini top", "Swimsuit", "Swimwear set")),
    "Lingerie": Family("Underwear", (1017, "Under-, Nightwear"), None, 15,
                       ("Bra", "Underwear bottom", "Underwear body", "Bra extender")),
    "Nightwear": Family("Nightwear", (1017, "Under-, Nightwear"), 48, 19,
                        ("Pyjama set", "Night gown", "Robe", "Pyjama bottom")),
    "Socks": Family("Socks & Tights", (1021, "Socks and Tights"), 44, 8,
                    ("Socks", "Underwear Tights", "Leg warmers")),
    "Shoes": Family("Shoes", (1020, "Shoes"), None, 33,
                    ("Boots", "Sandals", "Ballerinas", "Sneakers", "Pumps")),
    "Jewellery": Family("Accessories", (1019, "Accessories"), None, 9,
                        ("Earring", "Necklace", "Bracelet", "Ring")),
    "Accessories": Family("Accessories", (1019, "Accessories"), 46, 14,
                          ("Bag", "Belt", "Scarf", "Hat/beanie", "Hair clip")),
    "Sport": Family("Garment Upper body", (1006, "Woven/Jersey/Knitted mix Baby"), None, 22,
                    ("Sports top", "Sports tights", "Sports bra", "Track jacket")),
    "Baby": Family("Garment Full body", (1006, "Woven/Jersey/Knitted mix Baby"), None, 14,
                   ("Bodysuit", "Romper", "Trousers", "Sweater")),
}  # fmt: skip


class Section(NamedTuple):
    """A section of the shop: its index, share of sales, age that likes it most, families of garments."""

    number: int
    name: str
    index: str
    volume: float
    age: float
    families: tuple[str, ...]


# index code -> (index name, index group number, index group name)
INDEXES: dict[str, tuple[str, int, str]] = {
    "A": ("Ladieswear", 1, "Ladieswear"),
    "B": ("Lingeries/Tights", 1, "Ladieswear"),
    "C": ("Ladies Accessories", 1, "Ladieswear"),
    "D": ("Divided", 2, "Divided"),
    "F": ("Menswear", 3, "Menswear"),
    "G": ("Baby Sizes 50-98", 4, "Baby/Children"),
    "H": ("Children Sizes 92-140", 4, "Baby/Children"),
    "I": ("Children Sizes 134-170", 4, "Baby/Children"),
    "J": ("Children Accessories, Swimwear", 4, "Baby/Children"),
    "S": ("Sport", 26, "Sport"),
}

SECTIONS: tuple[Section, ...] = (
    Section(15, "Womens Everyday", "A", 14.0, 36, ("Blouses", "Dresses", "Trousers", "Tops", "Knitwear")),
    Section(16, "Womens Everyday Basics", "A", 9.0, 36, ("Basics", "Tops", "Trousers")),
    Section(6, "Womens Casual", "A", 4.5, 34, ("Tops", "Knitwear", "Hoodies", "Shorts")),
    Section(11, "Womens Tailoring", "A", 5.5, 38, ("Blazers", "Trousers", "Skirts", "Blouses")),
    Section(18, "Womens Trend", "A", 3.5, 29, ("Dresses", "Tops", "Skirts", "Outdoor")),
    Section(57, "Ladies Denim", "A", 4.0, 32, ("Denim",)),
    Section(19, "Womens Jackets", "A", 1.8, 38, ("Outdoor",)),
    Section(14, "Womens Premium", "A", 1.4, 42, ("Dresses", "Knitwear", "Blouses")),
    Section(8, "Mama", "A", 1.8, 31, ("Basics", "Dresses", "Denim")),
    Section(1, "H&M+", "A", 2.4, 43, ("Tops", "Dresses", "Trousers")),
    Section(20, "Womens Conscious", "A", 1.6, 40, ("Blouses", "Knitwear")),
    Section(61, "Womens Lingerie", "B", 6.5, 31, ("Lingerie",)),
    Section(62, "Womens Nightwear, Socks & Tights", "B", 3.5, 37, ("Nightwear", "Socks")),
    Section(60, "Womens Swimwear, Beachwear", "B", 7.0, 29, ("Swimwear",)),
    Section(66, "Womens Small Accessories", "C", 2.0, 31, ("Jewellery", "Accessories")),
    Section(65, "Womens Big Accessories", "C", 1.5, 37, ("Accessories",)),
    Section(64, "Womens Shoes", "C", 2.2, 35, ("Shoes",)),
    Section(53, "Divided Collection", "D", 12.0, 23, ("Dresses", "Tops", "Trousers", "Skirts", "Hoodies")),
    Section(51, "Divided Basics", "D", 4.5, 22, ("Basics", "Tops")),
    Section(58, "Divided Selected", "D", 2.0, 23, ("Knitwear", "Outdoor", "Denim")),
    Section(52, "Divided Accessories", "D", 1.0, 22, ("Jewellery", "Accessories")),
    Section(80, "Divided Complements Other", "D", 0.8, 23, ("Shoes", "Socks")),
    Section(50, "Divided Projects", "D", 1.5, 24, ("Tops", "Hoodies")),
    Section(55, "Contemporary Street", "F", 1.4, 25, ("Hoodies", "Tops", "Trousers")),
    Section(21, "Contemporary Casual", "F", 1.2, 34, ("Knitwear", "Trousers")),
    Section(26, "Men Underwear", "F", 0.9, 38, ("Lingerie", "Socks")),
    Section(56, "Denim Men", "F", 0.6, 30, ("Denim",)),
    Section(31, "Mens Tailoring", "F", 0.6, 38, ("Blazers", "Blouses")),
    Section(27, "Mens Outerwear", "F", 0.4, 38, ("Outdoor",)),
    Section(25, "Men Accessories & Shoes", "F", 0.3, 35, ("Accessories", "Shoes")),
    Section(41, "Baby Boy", "G", 0.5, 33, ("Baby",)),
    Section(40, "Baby Girl", "G", 0.7, 33, ("Baby",)),
    Section(44, "Baby Essentials & Complements", "G", 0.9, 33, ("Baby", "Socks")),
    Section(76, "Kids Girl", "H", 0.9, 37, ("Tops", "Dresses", "Hoodies")),
    Section(46, "Kids Boy", "H", 0.6, 37, ("Tops", "Trousers")),
    Section(79, "Girls Underwear & Basics", "H", 0.6, 38, ("Basics", "Lingerie")),
    Section(77, "Young Girl", "I", 0.7, 42, ("Tops", "Denim")),
    Section(47, "Young Boy", "I", 0.4, 43, ("Hoodies", "Trousers")),
    Section(43, "Kids Outerwear", "J", 0.3, 37, ("Outdoor",)),
    Section(48, "Kids Accessories, Swimwear & D", "J", 0.4, 37, ("Swimwear", "Accessories")),
    Section(5, "Ladies H&M Sport", "S", 3.0, 31, ("Sport",)),
    Section(45, "Men H&M Sport", "S", 0.4, 32, ("Sport",)),
)

# code, colour, perceived value (number, name), perceived master (number, name), how often it is chosen
COLOURS: tuple[tuple[str, str, int, str, int, str, float], ...] = (
    ("09", "Black", 4, "Dark", 5, "Black", 22.0),
    ("10", "White", 3, "Light", 9, "White", 10.0),
    ("73", "Dark Blue", 4, "Dark", 2, "Blue", 11.0),
    ("72", "Blue", 2, "Medium Dusty", 2, "Blue", 4.0),
    ("71", "Light Blue", 1, "Dusty Light", 2, "Blue", 3.5),
    ("51", "Light Pink", 1, "Dusty Light", 4, "Pink", 5.5),
    ("52", "Pink", 5, "Bright", 4, "Pink", 2.5),
    ("12", "Light Beige", 1, "Dusty Light", 11, "Beige", 4.5),
    ("13", "Beige", 2, "Medium Dusty", 11, "Beige", 3.0),
    ("11", "Off White", 3, "Light", 9, "White", 4.5),
    ("08", "Dark Grey", 4, "Dark", 12, "Grey", 3.0),
    ("07", "Grey", 2, "Medium Dusty", 12, "Grey", 4.5),
    ("06", "Light Grey", 1, "Dusty Light", 12, "Grey", 2.5),
    ("42", "Red", 5, "Bright", 18, "Red", 3.0),
    ("43", "Dark Red", 4, "Dark", 18, "Red", 2.5),
    ("93", "Dark Green", 4, "Dark", 19, "Green", 2.0),
    ("92", "Green", 2, "Medium Dusty", 19, "Green", 1.5),
    ("19", "Greenish Khaki", 2, "Medium Dusty", 20, "Khaki green", 2.5),
    ("22", "Yellow", 5, "Bright", 8, "Yellow", 1.5),
    ("21", "Light Yellow", 1, "Dusty Light", 8, "Yellow", 1.0),
    ("32", "Orange", 5, "Bright", 3, "Orange", 1.2),
    ("31", "Light Orange", 1, "Dusty Light", 3, "Orange", 1.0),
    ("17", "Yellowish Brown", 2, "Medium Dusty", 13, "Brown", 1.5),
    ("14", "Dark Beige", 2, "Medium Dusty", 15, "Mole", 1.2),
    ("81", "Light Turquoise", 1, "Dusty Light", 7, "Turquoise", 0.6),
    ("61", "Light Purple", 1, "Dusty Light", 1, "Lilac Purple", 0.8),
    ("05", "Gold", 6, "Undefined", 14, "Metal", 1.3),
    ("03", "Silver", 6, "Undefined", 14, "Metal", 0.8),
)

# number, name, adjective in a description, how often it is chosen
APPEARANCES: tuple[tuple[int, str, str, float], ...] = (
    (1010016, "Solid", "plain", 47.0),
    (1010001, "All over pattern", "patterned", 16.0),
    (1010010, "Melange", "marled", 6.0),
    (1010017, "Stripe", "striped", 5.0),
    (1010023, "Denim", "washed", 4.5),
    (1010008, "Front print", "printed", 4.0),
    (1010014, "Placement print", "placement-printed", 3.5),
    (1010004, "Check", "checked", 2.5),
    (1010026, "Other structure", "textured", 2.0),
    (1010021, "Lace", "lace", 2.0),
    (1010005, "Colour blocking", "colour-blocked", 2.0),
    (1010006, "Dot", "dotted", 1.0),
    (1010009, "Glittering/Metallic", "glittering", 1.0),
    (1010002, "Application/3D", "appliqued", 1.0),
    (1010012, "Mesh", "mesh", 0.8),
)

NAME_WORDS: tuple[str, ...] = (
    "Tilly", "Jade", "Luna", "Simple", "Cat", "Rosie", "Velma", "Nora", "Despacito", "Pluto", "Gyda", "Ringo",
    "Alcazar", "Timeless", "Curvy", "Sirpa", "Mika", "Ronny", "Henny", "Ultra", "Kelly", "Perrie", "Julia",
    "Charlie", "Bubble", "Riley", "Madrid", "Greta", "Sunny", "Fawn", "Poppy", "Nevada", "Hazel", "Clara",
    "Moa", "Ester",
)  # fmt: skip
FABRICS: tuple[str, ...] = (
    "cotton jersey", "organic cotton", "linen", "ribbed jersey", "crepe", "viscose", "satin", "chiffon",
    "lace", "soft fine-knit wool blend", "stretch denim", "twill", "mesh", "fast-drying functional fabric",
    "sweatshirt fabric", "microfibre", "corduroy", "imitation leather",
)  # fmt: skip
DETAILS: tuple[str, ...] = (
    "narrow shoulder straps", "a V-neck", "a round neckline", "long sleeves", "short puff sleeves",
    "a high waist", "an elasticated waistband", "side pockets", "a zip down the front",
    "buttons down the front", "a tie belt", "a flounced hem", "slits in the sides", "a drawstring hood",
    "adjustable straps", "wide legs", "tapered legs", "a rounded hem", "dropped shoulders", "a concealed zip",
    "ribbed cuffs", "a smocked waist",
)  # fmt: skip
