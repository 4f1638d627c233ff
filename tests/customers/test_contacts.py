"""Contacts as people write them, in their one normal form (C2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.customer import Channel, Contact
from customers.handlers.contacts import AddressBook, Read

BOOK = AddressBook("CN", "024")


def one(text: str, channel: Channel = Channel.SMS, book: AddressBook = BOOK) -> tuple[str, str, str]:
    """Channel, address and extension of the only contact that a text is."""
    (found,) = book.read([Contact(channel, text)]).whole()
    return found.channel.value, found.address, found.extension


def several(*texts: str, channel: Channel = Channel.SMS) -> Read:
    return BOOK.read([Contact(channel, text) for text in texts])


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("139 4000 1234", "+8613940001234"),
        ("139-4000-1234", "+8613940001234"),
        ("１３９４０００１２３４", "+8613940001234"),
        ("＋８６ １３９ ４０００ １２３４", "+8613940001234"),
        ("0086 13940001234", "+8613940001234"),
        ("(+86)13940001234", "+8613940001234"),
        ("86-13940001234", "+8613940001234"),
        ("013940001234", "+8613940001234"),
        ("手机：13940001234", "+8613940001234"),
        ("tel:+8613940001234", "+8613940001234"),
        ("13940001234（爱人）", "+8613940001234"),
        ("\u200b13940001234\u202c", "+8613940001234"),
        ("139\u00a04000\u00a01234", "+8613940001234"),
        ("139–4000–1234", "+8613940001234"),
        ("19912345678", "+8619912345678"),
        ("17001234567", "+8617001234567"),
        ("+852 9123 4567", "+85291234567"),
        ("0085291234567", "+85291234567"),
        ("+44 7400 123456", "+447400123456"),
        ("+1 (212) 555-0123", "+12125550123"),
    ],
)
def test_a_mobile_number_has_one_form_and_takes_texts(written: str, number: str) -> None:
    assert one(written) == ("sms", number, "")


@pytest.mark.parametrize(
    ("written", "number", "extension"),
    [
        ("024-86001234", "+862486001234", ""),
        ("（０２４）８６００１２３４", "+862486001234", ""),
        ("024 8600 1234", "+862486001234", ""),
        ("+86 24 86001234", "+862486001234", ""),
        ("0086-024-86001234", "+862486001234", ""),
        ("86001234", "+862486001234", ""),
        ("8600-1234", "+862486001234", ""),
        ("86001234-6", "+862486001234", "6"),
        ("86001234转301", "+862486001234", "301"),
        ("024-86001234-301", "+862486001234", "301"),
        ("024-8600-1234-301", "+862486001234", "301"),
        ("024-86001234转301", "+862486001234", "301"),
        ("024-86001234 轉 301", "+862486001234", "301"),
        ("024-86001234（分机301）", "+862486001234", "301"),
        ("024-86001234 分机号：301", "+862486001234", "301"),
        ("024-86001234内线301", "+862486001234", "301"),
        ("024-86001234 ext. 301", "+862486001234", "301"),
        ("024-86001234 x301", "+862486001234", "301"),
        ("024-86001234#301", "+862486001234", "301"),
        ("024-86001234*301", "+862486001234", "301"),
        ("+862486001234;ext=301", "+862486001234", "301"),
        ("400-618-9990", "+864006189990", ""),
        ("4006189990转2", "+864006189990", "2"),
        ("800 810 5992", "+868008105992", ""),
        ("0411-83621234", "+8641183621234", ""),
        ("010-65121234", "+861065121234", ""),
        ("024-96119", "+862496119", ""),
        ("13940001234转88", "+8613940001234", "88"),
        ("+852 2345 6789", "+85223456789", ""),
    ],
)
def test_what_no_text_message_reaches_is_called(written: str, number: str, extension: str) -> None:
    assert one(written) == ("voice", number, extension)


@pytest.mark.parametrize("text", ["12345", "110", "95598", "96119", "10086", "0", "+86 1", "none", "无", "1394000123"])
def test_what_is_nobody_s_phone_is_refused_with_its_field(text: str) -> None:
    read = several("13940001234", text)
    assert [field for field, _ in read.refused] == ["contacts[1].address"]
    assert [c.address for c in read.contacts] == ["+8613940001234"]


def test_a_local_number_needs_the_area_code_of_the_setting() -> None:
    ((field, rule),) = AddressBook("CN").read([Contact(Channel.VOICE, "86001234")]).refused
    assert (field, "HEARTHLINE_PHONE_AREA_CODE" in rule) == ("contacts[0].address", True)
    assert one("86001234", book=AddressBook("CN", "24"))[1] == "+862486001234"
    assert one("555-0123", book=AddressBook("US", "212"))[1] == "+12125550123"


@pytest.mark.parametrize(
    "text",
    [
        "13940001234/024-86001234",
        "13940001234、86001234",
        "13940001234;024-86001234",
        "13940001234；86001234",
        "13940001234，86001234",
        "13940001234 / 86001234",
        "13940001234或86001234",
        "13940001234 or 024-86001234",
        "13940001234|86001234",
        "13940001234\n86001234",
        "13940001234 86001234",
    ],
)
def test_two_numbers_in_one_field_are_two_contacts(text: str) -> None:
    found = several(text).whole()
    assert [(c.channel, c.address) for c in found] == [("sms", "+8613940001234"), ("voice", "+862486001234")]


def test_only_the_first_of_two_is_preferred_and_both_are_consented() -> None:
    first, second = BOOK.read([Contact(Channel.SMS, "13940001234/13840001234", "en", True, True)]).whole()
    assert (first.preferred, second.preferred) == (True, False)
    assert (first.consented, second.consented, second.language_code) == (True, True, "en")


def test_one_of_two_may_be_bad() -> None:
    read = several("13940001234/1384000")
    assert [c.address for c in read.contacts] == ["+8613940001234"]
    assert [field for field, _ in read.refused] == ["contacts[0].address"]
    assert "write the whole number" in several("024-86001234/35").refused[0][1]


def test_what_differs_by_writing_alone_stands_there_twice() -> None:
    assert several("13940001234", "+86 139 4000 1234").refused == (
        ("contacts[1].address", "stands there twice for this channel"),
    )
    assert several("Wang@x.cn", "wang@X.CN", channel=Channel.EMAIL).refused[0][0] == "contacts[1].address"
    assert not several("024-86001234-1", "024-86001234-2").refused
    assert not several("13940001234 / 139-4000-1234").refused


def test_a_land_line_for_texts_and_for_calls_is_one_contact() -> None:
    for order in ((Channel.SMS, Channel.VOICE), (Channel.VOICE, Channel.SMS)):
        (found,) = BOOK.read([Contact(channel, "024-86001234") for channel in order]).whole()
        assert found.channel is Channel.VOICE


def test_a_second_preferred_contact_is_taken_without_being_it() -> None:
    read = BOOK.read([Contact(Channel.SMS, "13940001234", preferred=True), Contact(Channel.APP, "u1", preferred=True)])
    assert [c.preferred for c in read.contacts] == [True, False]
    assert read.refused == (("contacts[1].preferred", "only one contact can be the preferred one"),)


@pytest.mark.parametrize(
    ("written", "kept", "key"),
    [
        ("Wang.Wei@Example.COM", "Wang.Wei@example.com", "wang.wei@example.com"),
        (" wang@example.com ", "wang@example.com", "wang@example.com"),
        ("WANG@EXAMPLE.COM.", "WANG@example.com", "wang@example.com"),
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wang@example.com", "wang@example.com"),
        ("王伟 <wang@example.com>", "wang@example.com", "wang@example.com"),
        ("Wang, Wei <wang@example.com>", "wang@example.com", "wang@example.com"),
        ("mailto:wang@example.com", "wang@example.com", "wang@example.com"),
        ("wang@邮件.中国", "wang@xn--5nq051n.xn--fiqs8s", "wang@xn--5nq051n.xn--fiqs8s"),
        ("wang@XN--5NQ051N.XN--FIQS8S", "wang@xn--5nq051n.xn--fiqs8s", "wang@xn--5nq051n.xn--fiqs8s"),
        ("wang@bücher.de", "wang@xn--bcher-kva.de", "wang@xn--bcher-kva.de"),
        ("wang@example。com", "wang@example.com", "wang@example.com"),
        ("o'neill+heat@example.ie", "o'neill+heat@example.ie", "o'neill+heat@example.ie"),
        ("王伟@example.com", "王伟@example.com", "王伟@example.com"),
        ("STRASSE@example.de", "STRASSE@example.de", "strasse@example.de"),
    ],
)
def test_mail_is_compared_whatever_its_case_and_width(written: str, kept: str, key: str) -> None:
    (found,) = several(written, channel=Channel.EMAIL).whole()
    assert (found.address, found.key) == (kept, key)
    assert found.key in BOOK.forms(written)


@pytest.mark.parametrize(
    "text",
    ["@x.cn", "a@", "a b@x.cn", "a@x", "a@.cn", "a@x..cn", "a@-x.cn", "a@1.2.3.4", "a..b@x.cn", f"{'a' * 65}@x.cn"],
)
def test_what_is_no_mail_address_is_refused(text: str) -> None:
    assert [field for field, _ in several(text, channel=Channel.EMAIL).refused] == ["contacts[0].address"]


def test_two_addresses_in_one_field_are_two() -> None:
    for text in ("a@x.cn;b@x.cn", "a@x.cn、b@x.cn", "a@x.cn, b@x.cn", "a@x.cn/b@x.cn"):
        assert [c.address for c in several(text, channel=Channel.EMAIL).whole()] == ["a@x.cn", "b@x.cn"], text


def test_what_was_written_is_kept_and_survives_being_sent_back() -> None:
    (first,) = several("(024) 8600-1234 转 301").whole()
    assert (first.written, first.address, first.extension) == ("(024) 8600-1234 转 301", "+862486001234", "301")
    assert BOOK.read([first]).whole() == (first,)
    (other,) = BOOK.read([Contact(Channel.SMS, "+8613940001234", written="13840001234")]).whole()
    assert other.written == ""


@given(st.integers(13_000_000_000, 13_999_999_999), st.sampled_from(["{}", "+86 {}", "0086{}", "(+86) {}", " {} "]))
def test_a_number_has_one_form_however_it_is_written(number: int, written: str) -> None:
    assert one(written.format(number)) == ("sms", f"+86{number}", "")


@given(st.text(max_size=40), st.sampled_from(list(Channel)))
def test_any_text_is_contacts_or_refused_with_its_field(text: str, channel: Channel) -> None:
    read = BOOK.read([Contact(channel, text)])
    assert {field for field, _ in read.refused} <= {"contacts[0].address"}
    assert read.contacts or read.refused or not text.strip()
    again = BOOK.read(read.contacts)
    assert again.contacts == read.contacts
    for contact in read.contacts:
        assert set(contact.marked_by) & set(BOOK.forms(contact.written or contact.address))
