"""Texts that people read, in every language the company speaks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Chinese and English (V1)."""

    zh: str
    en: str

    def missing_languages(self) -> list[str]:
        """The languages, "zh" or "en", in which nothing is written."""
        return [language for language, text in (("zh", self.zh), ("en", self.en)) if not text.strip()]
