"""Encryption of values, rotation of keys, blind indexes."""

import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from common import crypto

FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
PLACE = "person|id_number"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.FIELD_KEYS = {1: FIRST}


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_come_back(text):
    stored = crypto.encrypt(text, PLACE)
    assert crypto.decrypt(stored, PLACE) == text
    assert len(stored) == 1 + 12 + len(text.encode()) + 16


def test_equal_texts_look_different():
    assert crypto.encrypt("529999199001011230", PLACE) != crypto.encrypt("529999199001011230", PLACE)


def test_another_place_a_changed_byte_or_a_strange_key_does_not_decrypt(settings):
    stored = crypto.encrypt("值", PLACE)
    damaged = stored[:-1] + bytes([stored[-1] ^ 1])
    for value, place in (
        (stored, "person|phone"),
        (damaged, PLACE),
        (b"", PLACE),
        (b"\x01short", PLACE),
        (b"\x09" + stored[1:], PLACE),
    ):
        with pytest.raises(crypto.DecryptionError):
            crypto.decrypt(value, place)
    settings.FIELD_KEYS = {1: SECOND}
    with pytest.raises(crypto.DecryptionError):
        crypto.decrypt(stored, PLACE)


def test_a_new_key_in_front_reads_old_values_and_keeps_the_indexes(settings):
    old, index, tail = crypto.encrypt("值", PLACE), crypto.blind_index("值", "a"), crypto.tail_index("值", "a")
    settings.FIELD_KEYS = {2: SECOND, 1: FIRST}
    assert crypto.decrypt(old, PLACE) == "值"
    assert not crypto.is_current(old)
    new = crypto.encrypt("值", PLACE)
    assert new[0] == 2 and crypto.is_current(new)
    assert (crypto.blind_index("值", "a"), crypto.tail_index("值", "a")) == (index, tail)


def test_both_forms_of_the_setting_mean_the_same(settings):
    stored = crypto.encrypt("值", PLACE)
    settings.FIELD_KEYS = f"2:{base64.b64encode(SECOND).decode()},1:{base64.b64encode(FIRST).decode()}"
    assert crypto.decrypt(stored, PLACE) == "值"


@pytest.mark.parametrize(
    "setting",
    [
        "",
        {},
        "1:short",
        "x:" + base64.b64encode(FIRST).decode(),
        {1: b"short"},
        {300: FIRST},
        f"1:{base64.b64encode(FIRST).decode()}," * 2,
        "1",
        None,
    ],
)
def test_wrong_settings_are_refused(setting):
    with pytest.raises(ImproperlyConfigured):
        crypto.parse_keys(setting)


def test_blind_indexes(settings):
    number = "529999199001011230"
    index = crypto.blind_index(number, "id_number")
    assert index == crypto.blind_index(number, "id_number")
    assert (
        len(
            {
                index,
                crypto.blind_index(number, "phone"),
                crypto.blind_index(number[:-1] + "X", "id_number"),
                crypto.tail_index(number, "id_number"),
            }
        )
        == 4
    )
    assert crypto.tail_index(number, "id_number") == crypto.tail_index("1230", "id_number")
    settings.FIELD_KEYS = {1: SECOND}
    assert crypto.blind_index(number, "id_number") != index
