"""Writes `examples/leads.csv`: made-up people whose state, postal code and area code agree, always the same
ones.

Addresses are at the example domains of RFC 2606, phone numbers in 555-0100 to 555-0199, which are kept for
fiction.
"""

import argparse
import csv
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

SEED = 20260302
ROWS = 300
COLUMNS = (
    "first_name", "last_name", "email", "phone", "state", "zip",
    "product", "loan_amount", "credit_score", "property_type", "campaign",
)  # fmt: skip

# State: how many leads of a hundred, its three-digit postal prefixes (USPS Publication 65, L002), its area
# codes (NANPA).
STATES: dict[str, tuple[int, list[int], list[int]]] = {
    "CO": (24, [*range(800, 817)], [303, 720, 719, 970]),
    "TX": (18, [*range(750, 771), *range(772, 800)], [214, 469, 512, 713, 817, 832, 915, 972]),
    "AZ": (15, [850, 852, 853, 855, 856, 857, 859, 860, 863, 864, 865], [480, 520, 602, 623, 928]),
    "CA": (8, [*range(900, 909), *range(910, 929), *range(930, 962)], [213, 310, 408, 415, 619, 909, 916]),
    "UT": (8, [*range(840, 848)], [385, 435, 801]),
    "NV": (6, [889, 890, 891, 893, 894, 895, 897, 898], [702, 775]),
    "NM": (6, [870, 871, 873, 874, 875, *range(877, 885)], [505, 575]),
    "OK": (4, [730, 731, *range(734, 742), *range(743, 750)], [405, 580, 918]),
    "WY": (3, [*range(820, 832)], [307]),
    "ID": (3, [*range(832, 839)], [208]),
    "LA": (3, [700, 701, *range(703, 709), *range(710, 715)], [225, 318, 337, 504, 985]),
    "AR": (2, [*range(716, 730)], [479, 501, 870]),
}
FIRST_NAMES = (  # noqa: SIM905 - names read better as words
    "Aaron Abigail Adaeze Alejandro Alice Amara Andre Anika Beatriz Brandon Bridget Caleb Camila Carlos "
    "Charlotte Chidi Claire Curtis Daniela Darius Deborah Desmond Elena Elijah Emily Esther Farah Felix "
    "Fiona Gabriel Gloria Grant Hannah Hector Hiroshi Imani Ingrid Isaac Ivy Jamal Janelle Jorge José "
    "Julia Kamal Karen Kevin Kiara Laura Leonard Lin Lucía Malik Maya Mei Miguel Monica Nadia Nathan Noor "
    "Olivia Oscar Patrice Paul Quentin Rachel Rafael Renée Rosa Samir Sofia Stephen Tamika Teresa Trevor "
    "Uma Valerie Victor Wendy Xavier Yolanda Zachary Zoë"
).split()
LAST_NAMES = (  # noqa: SIM905 - names read better as words
    "Abbott Acosta Bauer Begay Boyd Calderón Carver Chen Cohen Dawson Delgado Dixon Eaton Espinoza "
    "Farrell Fleming Franco Garner Gibbs Greene Hale Hoang Hobbs Ibarra Ingram Jennings Joshi Kaplan "
    "Keller Khan Lambert Larsen Lujan Maddox Medina Mercer Nakamura Nolan Norris O'Brien Okafor Olson "
    "Padilla Park Patel Pratt Quintana Rhodes Rivas Rowe Salazar Sandoval Schultz Shah Sloan Tran "
    "Trujillo Underwood Vance Vega Walsh Whitaker Yazzie Young Zamora"
).split()
DOMAINS = ("example.com", "example.org", "example.net")


def _plain(text: str) -> str:
    """`text` in the letters that an e-mail address may have."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalnum())


def leads(count: int, seed: int) -> Iterator[dict[str, str]]:
    """`count` leads; no two share a name, an e-mail address or a phone number."""
    draw = random.Random(seed)  # noqa: S311 - made-up people, not secrets
    weights = [share for share, _, _ in STATES.values()]
    people = draw.sample([(first, last) for first in FIRST_NAMES for last in LAST_NAMES], count)
    numbers = {
        state: draw.sample(
            [(code, line) for code in codes for line in range(100, 200)], min(count, 100 * len(codes))
        )
        for state, (_, _, codes) in STATES.items()
    }
    for (first, last), state in zip(people, draw.choices(list(STATES), weights, k=count), strict=True):
        area_code, line = numbers[state].pop()
        yield {
            "first_name": first,
            "last_name": last,
            "email": f"{_plain(first)}.{_plain(last)}@{draw.choice(DOMAINS)}",
            "phone": f"({area_code}) 555-{line:04}",
            "state": state,
            "zip": f"{draw.choice(STATES[state][1]):03}{draw.randint(1, 99):02}",
            "product": draw.choices(("purchase", "refinance"), (3, 2))[0],
            "loan_amount": str(5000 * round(draw.lognormvariate(12.8, 0.4) / 5000)),
            "credit_score": str(draw.randint(560, 820)) if draw.random() < 0.9 else "",
            "property_type": draw.choices(
                ("single-family", "condo", "townhouse", "manufactured"), (6, 2, 2, 1)
            )[0],
            "campaign": draw.choice(("spring-rates", "first-home", "rate-watch", "brand")),
        }


def main() -> None:
    """Write the file; the committed one comes from the defaults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("examples/leads.csv"))
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=SEED)
    chosen = parser.parse_args()
    with chosen.out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(leads(chosen.rows, chosen.seed))


if __name__ == "__main__":
    main()
