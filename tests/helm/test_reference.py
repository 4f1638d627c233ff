"""docs/operations/reference.md says what the charts and proto/topics.yaml say."""

from tests.helm.reference import PAGE, page


def test_the_page_is_what_the_sources_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make reference"
