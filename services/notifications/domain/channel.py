"""The ways to reach people, and the languages they are written to in (N1)."""

from enum import StrEnum


class Channel(StrEnum):
    """Declared in the order in which they are tried when nothing is preferred: the quickest to be read first."""

    SMS = "sms"
    WECHAT = "wechat"
    APP = "app"
    EMAIL = "email"
    VOICE = "voice"
    LETTER = "letter"


class Language(StrEnum):
    """BCP 47 tags of the languages every template is written in (N2)."""

    ZH = "zh-CN"
    EN = "en"


def spoken(language_code: str, default: Language = Language.ZH) -> Language:
    """The language to write in to somebody who asked for this BCP 47 tag."""
    primary = language_code.strip().lower().replace("_", "-").partition("-")[0]
    return {"zh": Language.ZH, "en": Language.EN}.get(primary, default)
