"""How many minor units a currency has (ISO 4217): 100 cents, 1 yen, 1000 fils."""

WITHOUT_DECIMALS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
WITH_THREE_DECIMALS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
WITH_FOUR_DECIMALS = frozenset(("CLF", "UYW"))


def decimals(currency: str) -> int:
    """Return the digits after the decimal mark of an amount in `currency`."""
    if currency in WITHOUT_DECIMALS:
        return 0
    if currency in WITH_THREE_DECIMALS:
        return 3
    return 4 if currency in WITH_FOUR_DECIMALS else 2


def minor_units(currency: str) -> int:
    """Return the minor units in one unit of `currency`."""
    return int(10 ** decimals(currency))


_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP")
_CROWNS = ("SEK", "NOK", "DKK", "ISK")
SIGNS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_DOLLARS, ("$",)),
    **dict.fromkeys(_CROWNS, ("kr", "kr.")),
    "EUR": ("€",),
    "GBP": ("£",),
    "JPY": ("¥", "￥", "円"),
    "CNY": ("¥", "￥", "元"),
    "INR": ("₹",),
    "KRW": ("₩",),
    "CHF": ("Fr.",),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "BRL": ("R$",),
    "ZAR": ("R",),
    "RUB": ("₽",),
    "TRY": ("₺",),
    "UAH": ("₴",),
    "VND": ("₫",),
    "THB": ("฿",),
    "ILS": ("₪",),
    "PHP": ("₱",),
}
"""What people write beside an amount; the sign of another currency is not read over."""
