"""Measures and money: `2m`, `10 cm`, `5'6"`, `90°`, `m²`, `1h 30m`, `5€`, `20%`."""

from __future__ import annotations

import re

from .numbers import NUMBER, cardinal, number, plural, value

_UNITS = {
    "mm": "millimetre", "cm": "centimetre", "m": "metre", "km": "kilometre", "ft": "foot", "yd": "yard", "yds": "yard",
    "mi": "mile", "in": "inch", "mg": "milligram", "g": "gram", "kg": "kilogram", "lb": "pound", "lbs": "pound",
    "oz": "ounce", "ml": "millilitre", "mL": "millilitre", "cl": "centilitre", "dl": "decilitre", "l": "litre",
    "L": "litre", "tsp": "teaspoon", "tbsp": "tablespoon", "kcal": "kilocalorie", "ms": "millisecond", "s": "second",
    "sec": "second", "secs": "second", "min": "minute", "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour",
    "Hz": "hertz", "kHz": "kilohertz", "dB": "decibel", "bpm": "beat per minute", "mph": "mile per hour",
    "km/h": "kilometre per hour", "m/s": "metre per second", "W": "watt", "mmHg": "millimetre of mercury",
    "mm²": "square millimetre", "cm²": "square centimetre", "m²": "square metre", "km²": "square kilometre",
    "mm2": "square millimetre", "cm2": "square centimetre", "m2": "square metre", "ft²": "square foot",
    "sqm": "square metre", "cm³": "cubic centimetre", "m³": "cubic metre", "µg": "microgram", "μg": "microgram",
    "mcg": "microgram", "IU": "international unit", "µm": "micrometre", "MB": "megabyte", "GB": "gigabyte",
    "yrs": "year",
    "wk": "week", "wks": "week", "pt": "point", "kJ": "kilojoule",
}  # fmt: skip
_WORDS_BEFORE_MINUTES = (
    r"(?:rest|hold|wait|pause|relax|breathe|sit|lie|about|last|lasts|take|takes|for another)\s+(?:for\s+)?"
)
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_SPACED_ONLY_JOINED = {"in", "s", "h", "g", "l", "L", "m", "W", "pt", "mi"}
"""Units that are also words or letters: a space before them is allowed only for some."""
_MEASURE = re.compile(rf"(?<![\w.,])([-−+~≈±<>≤≥]?)\s?({NUMBER})(\s?|-)({_UNIT})(?![\w²³/'’])")
_HOURS_MINUTES = re.compile(r"(?<![\w.,])(\d{1,3})\s?(?:h|hrs?)\s?(\d{1,2})\s?(?:m|mins?)?(?!\w)")
_MINUTES_SECONDS = re.compile(r"(?<![\w.,])(\d{1,3})\s?(?:m|mins?)\s?(\d{1,2})\s?(?:s|secs?)(?!\w)")
_MINUTES = re.compile(
    rf"(?i:\b({_WORDS_BEFORE_MINUTES}))({NUMBER})m(?!\w)(?!\s+(?:away|apart|long|wide|high|tall|deep))"
)
_RANGED = re.compile(
    rf"(?<![\w.,])({NUMBER})\s?(?:{_UNIT}|[°%x×])?\s?[-–—]\s?({NUMBER})(?=\s?(?:{_UNIT}|°[CF]?|[%x×])(?![\w/]))"
)
_FEET_INCHES = re.compile(r"(?<![\w.,])(\d{1,2})\s?(?:['’′]|ft\.?|feet)\s?(\d{1,2})\s?(?:[\"”″]|''|in\b\.?)")
_FEET = re.compile(rf"(?<![\w.,])({NUMBER})['’′](?![\w'’])")
_INCHES = re.compile(rf"(?<![\w.,])({NUMBER})(?:[\"”″]|'')(?!\w)")
_DEGREES = re.compile(rf"(?<![\w.,])([-−+]?)({NUMBER})\s?(?:°|º)\s?([CF])?(?!\w)")
_BARE_UNIT = re.compile(r"(?<![\w/])(?:sq\.?\s?(m|ft|cm)\b\.?|([mck]?m|ft)([²³]))")
_TIME_MARKS = re.compile(
    r"(?i:\b((?:rest|hold|wait|pause|relax|breathe|stay|sit|lie|about|lasts?|takes?|after|every|another|timer)\s+"
    r"(?:here )?(?:for\s+)?(?:about\s+|another\s+|of\s+)?))(?:(\d{1,3})\s?['’′])?"
    r"(?:(\d{1,3})\s?(?:[\"”″]|''))?(?!\w|\s+(?:away|apart|from|off|long|wide|behind|above|below)\b)"
)
"""`Hold for 30".` and `Rest for 1'30"`: marks that mean minutes and seconds after words such as these."""
_SPACED_SIGN = re.compile(rf"(?<![\w.,)\]-])([~≈])\s(?={NUMBER})")
_INCH_RANGE = re.compile(rf"(?<![\w.,])({NUMBER})\s?[-–—]\s?({NUMBER})\s?(?:[\"”″]|'')(?!\w)")
_ONE_INCH = re.compile(rf"(?<![\w.,])({NUMBER}) in\. (?=[a-z])")
_PERCENT = re.compile(rf"({NUMBER})\s?(%|‰)")
_MONEY = {
    "$": ("dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny"),
    "¥": ("yen", ""),
    "₹": ("rupee", "paisa"),
}
_SIGNS = "".join(map(re.escape, _MONEY))
_MONEY_BEFORE = re.compile(rf"([{_SIGNS}])\s?({NUMBER})(?:\s?(thousand|million|billion|k)\b)?")
_MONEY_AFTER = re.compile(rf"(?<![\w.,])({NUMBER})\s?([{_SIGNS}])")
_PENCE = re.compile(r"(?<![\w.,£])(\d{1,3})p(?!\w)")
_MONEY_RANGE = re.compile(rf"([{_SIGNS}])\s?({NUMBER})\s?[-–]\s?(?:[{_SIGNS}])?({NUMBER})(?![\w/]|\.\d)")
_CENTS = re.compile(rf"({NUMBER})\s?¢")
_THOUSANDS = re.compile(rf"(?<![\w.,])({NUMBER})[kK](?= [a-z])(?! (?:and|or|run|race)\b)")
_POWER = re.compile(r"(?<=\d)([²³])|(?<=\b[a-z])([²³])")
_SIGNED = re.compile(rf"(?<![\w.,)\]-])([-−+±~≈≤≥<>=])\s?(?={NUMBER})")
_SIGN_WORDS = {
    "-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about ",
    "≤": "at most ", "≥": "at least ", "<": "less than ", ">": "more than ", "=": "equals ",
}  # fmt: skip
_BETWEEN = re.compile(rf"({NUMBER})\s?([+−=×÷<>≤≥≈])\s?(?={NUMBER})|({NUMBER})\s+([-])\s+(?={NUMBER}\s*=)")
_BETWEEN_WORDS = {
    "+": "plus", "−": "minus", "-": "minus", "=": "equals", "×": "times", "÷": "divided by", "<": "is less than",
    ">": "is more than", "≤": "is at most", "≥": "is at least", "≈": "is about",
}  # fmt: skip
_MORE = re.compile(rf"({NUMBER})\+(?!\w)")
_ADJECTIVE_BEFORE = re.compile(
    r"\b(?:an?|the|this|that|your|my|his|her|our|their|each|every|one)\s+(?:\w+ to )?$", re.IGNORECASE
)
_NOUN_AFTER = re.compile(
    r"\s+(?:\([^()]*\)\s+)?"
    r"(?!(?:and|or|to|in|on|at|of|for|from|away|apart|is|are|was|with|by|as|then|more|less|wide|long|high|deep|tall|"
    r"thick|behind|before|after|between|above|below|off|if|that|when|while|per)\b)[a-z]"
)


def read_measures(text: str) -> str:
    """Return the text with measures, money, and signs between numbers in words."""
    text = _TIME_MARKS.sub(_time_marks, text)
    text = _SPACED_SIGN.sub(lambda match: _SIGN_WORDS[match[1]], text)
    text = _INCH_RANGE.sub(lambda match: f"{number(match[1])} to {number(match[2])} inches", text)
    text = _ONE_INCH.sub(lambda match: _amount(match[1], "inch") + " ", text)
    text = _PENCE.sub(lambda match: f"{number(match[1])} pence", text)
    text = _MONEY_RANGE.sub(lambda match: f"{number(match[2])} to {_money(match[3], match[1], None)}", text)
    text = _MONEY_BEFORE.sub(lambda match: _money(match[2], match[1], match[3]), text)
    text = _MONEY_AFTER.sub(lambda match: _money(match[1], match[2], None), text)
    text = _CENTS.sub(lambda match: f"{number(match[1])} {_unit('cent', match[1])}", text)
    text = _BETWEEN.sub(_between, text)
    text = _RANGED.sub(lambda match: f"{number(match[1])} to {match[2]}", text)
    text = _HOURS_MINUTES.sub(
        lambda match: f"{_amount(match[1], 'hour')} {_amount(match[2], 'minute')}", text
    )
    text = _MINUTES_SECONDS.sub(
        lambda match: f"{_amount(match[1], 'minute')} {_amount(match[2], 'second')}", text
    )
    text = _MINUTES.sub(lambda match: match[1] + _amount(match[2], "minute"), text)
    text = _FEET_INCHES.sub(lambda match: f"{cardinal(int(match[1]))} foot {cardinal(int(match[2]))}", text)
    text = _MEASURE.sub(_measure, text)
    text = _DEGREES.sub(_degrees, text)
    text = _INCHES.sub(lambda match: _adjectival(match, match[1], "inch"), text)
    text = _FEET.sub(lambda match: _adjectival(match, match[1], "foot"), text)
    text = _BARE_UNIT.sub(_bare_unit, text)
    text = _PERCENT.sub(
        lambda match: f"{number(match[1])} {'percent' if match[2] == '%' else 'per mille'}", text
    )
    text = _THOUSANDS.sub(lambda match: f"{number(match[1])} thousand", text)
    text = _POWER.sub(lambda match: " squared" if "²" in match[0] else " cubed", text)
    return _MORE.sub(lambda match: f"{number(match[1])} plus", text)


def _time_marks(match: re.Match[str]) -> str:
    before, minutes, seconds = match.groups()
    if not minutes and not seconds:
        return match[0]
    parts = [_amount(minutes, "minute")] if minutes else []
    return before + " ".join([*parts, *([_amount(seconds, "second")] if seconds else [])])


def read_signs(text: str) -> str:
    """Return the text with signs before a number in words: `-5`, `~10`, `≥3`."""
    return _SIGNED.sub(lambda match: _SIGN_WORDS[match[1]], text)


def _unit(name: str, amount: str) -> str:
    if value(amount) == 1:
        return name
    first, _, rest = name.partition(" per ")
    head, _, of = first.partition(" of ")
    words = head.split(" ")
    words[-1] = plural(words[-1])
    return " ".join(words) + (f" of {of}" if of else "") + (f" per {rest}" if rest else "")


def _amount(amount: str, name: str) -> str:
    return f"{number(amount)} {_unit(name, amount)}"


def _adjectival(match: re.Match[str], amount: str, name: str) -> str:
    """Return the measure, in the singular if it describes a noun: `a ten metre passage`."""
    text = match.string
    if _ADJECTIVE_BEFORE.search(text, 0, match.start()) and _NOUN_AFTER.match(text, match.end()):
        return f"{number(amount)} {name}"
    return _amount(amount, name)


def _measure(match: re.Match[str]) -> str:
    sign, amount, space, unit = match.groups()
    if (
        space
        and space != "-"
        and unit in ("in", "pt", "W", "mi")
        and match.string[match.end() :].strip() != "."
    ):
        return match[0]  # `12 in total` is not a measure
    if space == "-":
        return f"{number(amount)} {_UNITS[unit]}"
    words = _adjectival(match, amount, _UNITS[unit])
    return f"{_SIGN_WORDS[sign] if sign else ''}{words}"


def _degrees(match: re.Match[str]) -> str:
    sign, amount, scale = match.groups()
    if scale:
        words = f"{_amount(amount, 'degree')} {'Celsius' if scale == 'C' else 'Fahrenheit'}"
    else:
        words = _adjectival(match, amount, "degree")
    return f"{_SIGN_WORDS[sign] if sign else ''}{words}"


def _bare_unit(match: re.Match[str]) -> str:
    square, unit, power = match.groups()
    return f"{'cubic' if power == '³' else 'square'} {plural(_UNITS[square or unit])}"


def _money(amount: str, sign: str, scale: str | None) -> str:
    name, part = _MONEY[sign]
    if scale:
        return f"{number(amount)} {'thousand' if scale == 'k' else scale} {plural_money(name)}"
    whole, _, cents = amount.replace(",", "").partition(".")
    if not cents or not part or len(cents) != 2:
        return f"{number(amount)} {name if value(amount) == 1 else plural_money(name)}"
    words = f"{number(whole)} {name if whole == '1' else plural_money(name)}" if int(whole or 0) else ""
    small = "pence" if part == "penny" else plural_money(part)
    rest = f"{cardinal(int(cents))} {part if int(cents) == 1 else small}" if int(cents) else ""
    return " and ".join(filter(None, (words, rest))) or f"zero {plural_money(name)}"


def plural_money(name: str) -> str:
    """Return the plural of a currency. Yen has none."""
    return name if name == "yen" else plural(name)


def _between(match: re.Match[str]) -> str:
    amount, sign = match[1] or match[3], match[2] or match[4]
    return f"{number(amount)} {_BETWEEN_WORDS[sign]} "
