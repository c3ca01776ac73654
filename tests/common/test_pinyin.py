"""Pinyin of names and places."""

import pytest

from common import pinyin


@pytest.mark.parametrize(
    ("name", "order", "initials"),
    [
        ("田娜", "tian na", "tn"),
        ("曾伟", "zeng wei", "zw"),
        ("单于飞", "shan yu fei", "syf"),
        ("尉迟恭", "yu chi gong", "ycg"),
        ("吕桂", "lv gui", "lg"),
        ("阿依古丽·买买提", "a yi gu li · mai mai ti", "ayglmmt"),
        ("", "", ""),
    ],
)
def test_names(name, order, initials):
    assert pinyin.name_order(name) == order
    assert pinyin.name_initials(name) == initials


def test_places_are_read_by_phrase():
    assert pinyin.place_order("重庆市") == "chong qing shi"
    assert pinyin.place_initials("望谟县") == "wmx"
    assert pinyin.place_initials("平洞社区A区") == "pdsqaq"


def test_names_sort_syllable_by_syllable():
    names = ["方安", "范刚", "樊安", "房平"]
    assert sorted(names, key=pinyin.name_order) == ["樊安", "范刚", "方安", "房平"]
