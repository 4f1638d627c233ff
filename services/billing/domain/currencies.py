"""ISO 4217: the currencies in use and how many decimals their amounts have.

Kept as data here because the domain is pure, and because Babel's digits are those of daily use (CLDR), which
differ from the standard's exponents for some currencies (IQD, LAK, RSD …); banks keep to the standard.
"""

from servicekit.errors import InvalidArgument

_TWO = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW "
    "CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP "
    "SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG "
    "YER ZAR ZMW ZWG"
)
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: _TWO,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
"""Decimals by code; codes without minor units (gold, testing) are no money and are not here."""


def is_currency(code: str) -> bool:
    """True for a code of ISO 4217 that amounts can be given in."""
    return code in EXPONENTS


def exponent(code: str, field: str = "currency_code") -> int:
    """Decimals of the currency; InvalidArgument naming `field` when there is no such currency."""
    if code not in EXPONENTS:
        raise InvalidArgument(field, f"{code!r} is not a currency of ISO 4217", reason="UNKNOWN_CURRENCY")
    return EXPONENTS[code]
