"""Code lists: every way of writing finds its code, an unknown value is never turned into another."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from common import codes


@pytest.mark.parametrize(
    ("list_id", "raw", "code"),
    [
        ("registry_labour", "普通劳力", "1"),
        ("registry_labour", "普通劳动力", "1"),
        ("registry_labour", "技能劳动力", "2"),
        ("registry_labour", "弱劳动力", "3"),
        ("registry_labour", "半劳动力", "3"),
        ("registry_labour", "弱劳动力或半劳动力", "3"),
        ("registry_labour", "丧失劳动能力", "4"),
        ("registry_labour", "丧失劳动力", "4"),
        ("registry_labour", "无", "5"),
        ("registry_labour", "无劳动力", "5"),
        ("employment_channel", "省外务工", "10"),
        ("employment_channel", "外出务工（省外）", "10"),
        ("employment_channel", "外出务工(省外)", "10"),
        ("employment_channel", "省内县外务工", "11"),
        ("employment_channel", "外出务工（省内县外）", "11"),
        ("employment_channel", "县内务工", "12"),
        ("employment_channel", "扶贫车间", "20"),
        ("employment_channel", "帮扶车间", "20"),
        ("employment_channel", "帮扶车间（扶贫车间）", "20"),
        ("employment_channel", "公益岗位", "30"),
        ("employment_channel", "公益性岗位", "30"),
        ("employment_channel", 10.0, "10"),
        ("ethnic_group", "布依", "09"),
        ("ethnic_group", "布依族", "09"),
        ("ethnic_group", "苗", "06"),
        ("ethnic_group", "穿青人", "81"),
        ("ethnic_group", "Buyei", "09"),
        ("ethnic_group", 9, "09"),
        ("ethnic_group", "９", "09"),
        ("sex", "男", "1"),
        ("sex", "女性", "2"),
        ("sex", " 男 ", "1"),
        ("sex", 2.0, "2"),
        ("sex", "female", "2"),
        ("registry_relation", "户主", "01"),
        ("registry_relation", "其它", "28"),
        ("registry_relation", "儿子", "03"),
        ("registry_relation", "之 女", "04"),
        ("job_intention", "有", "1"),
        ("job_intention", "是", "1"),
        ("job_intention", "√", "1"),
        ("job_intention", "无", "2"),
        ("job_intention", "否", "2"),
        ("job_intention", "", ""),
        ("job_intention", None, ""),
        ("job_intention", "9", ""),
        ("job_intention", "未调查", ""),
        ("relocation_kind", "建档立卡户", "1"),
        ("tier", "特大型", "mega"),
        ("tier", "small", "small"),
        ("placement", "集中安置", "concentrated"),
        ("location", "城镇", "urban"),
        ("verdict", "零就业", "zero"),
        ("verdict", "No labour", "no_labour"),
    ],
)
def test_ways_of_writing(list_id, raw, code):
    assert codes.resolve(list_id, raw) == code


def test_every_ethnic_group_is_found_without_its_suffix():
    for item in codes.code_list("ethnic_group").items.values():
        assert codes.resolve("ethnic_group", item.zh.removesuffix("族")) == item.code
    assert len(codes.code_list("ethnic_group").items) == 59


def test_an_unknown_value_is_refused_with_what_is_allowed():
    with pytest.raises(ValidationError) as caught:
        codes.resolve("registry_labour", "一般般")
    assert caught.value.code == "unknown_code"
    with translation.override("zh-hans"):
        message = caught.value.messages[0]
    assert "一般般" in message and "普通劳动力、技能劳动力" in message
    with pytest.raises(ValidationError) as caught:
        codes.resolve("ethnic_group", "布衣族")
    with translation.override("en"):
        allowed = str(caught.value.params["allowed"])
    assert len(allowed.split(", ")) == codes.ALLOWED_SHOWN
    assert "Buyei" in allowed


def test_every_code_label_and_synonym_of_every_list_leads_to_one_code():
    synonyms = json.loads((codes.REFERENCE / "code_synonyms.json").read_text("utf-8"))["lists"]
    for own in codes.code_lists().values():
        for item in own.items.values():
            assert own.resolve(item.code) == item.code
            assert own.label(item.code, "zh-hans") == item.zh
            assert own.label(item.code, "en") == item.en
    for list_id, words_of in synonyms.items():
        own = codes.code_list(list_id)
        seen = set()
        for code, words in words_of.items():
            for word in words:
                expected = "" if own.not_stated and code == own.not_stated.code else code
                assert own.resolve(word) == expected, (list_id, word)
                assert word not in seen, (list_id, word)
                seen.add(word)


def test_chinese_labels_come_back():
    for list_id, own in codes.code_lists().items():
        labels = [item.zh for item in own.items.values()]
        for item in own.items.values():
            if labels.count(item.zh) == 1:
                assert own.resolve(item.zh) == item.code, (list_id, item)


def test_labels_follow_the_reader():
    assert codes.label("sex", "1", "zh-hans") == "男"
    with translation.override("en"):
        assert codes.label("verdict", "expiring") == "Employment about to expire"
        assert codes.label("job_intention", "") == "Not surveyed"
    with translation.override("zh-hans"):
        assert codes.label("verdict", "employed") == "已就业未满稳定期"
        assert codes.label("job_intention", "") == "未调查"
        assert str(dict(codes.choices("tier"))["small"]) == "小微型"
    assert codes.label("sex", "") == ""
    assert codes.label("sex", "77") == "77"


def test_not_surveyed_is_no_choice_of_its_own():
    assert [code for code, _ in codes.choices("job_intention")] == ["1", "2"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", ""),
        (None, ""),
        ("否", ""),
        ("非在校生", ""),
        (" 非在校生", ""),
        ("小学", "03"),
        ("普通高中一年级", "07"),
        ("初一", "04"),
        ("03", "03"),
        ("大学夜校", "99"),
        ("是", "99"),
        ("在校（年级未列）", "99"),
        ("99", "99"),
    ],
)
def test_school(raw, code):
    assert codes.school_status(raw) == code
    assert codes.is_in_school(codes.school_status(raw)) == (code != "")
