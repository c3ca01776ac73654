"""Model fields: one clean for forms, sheets and the API; migrations; COPY; encrypted storage."""

import datetime as dt
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps
from django.utils import translation

from common import citizen_id, fields
from common.copying import copy_text
from common.dates import OPEN_WORDS

NUMBER = "529999199001011230"
EMPTY = ("", None, "  ", "\u3000")


@pytest.fixture(autouse=True)
def fixed(settings):
    settings.FIELD_KEYS = {1: b"k" * 32}
    settings.TODAY = dt.date(2020, 6, 30)


def refusal(field, raw) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        field.clean(raw, None)
    assert caught.value.code and str(caught.value.messages[0])
    return caught.value


SAMPLES = [
    (fields.CleanTextField(max_length=5), " 新屯村 ", "新屯村"),
    (fields.CleanTextField(max_length=9, multiline=True), "一 \n二", "一\n二"),
    (fields.PersonNameField(), "田  娜", "田娜"),
    (fields.CodeField(list_id="sex"), "男", "1"),
    (fields.SchoolField(), "小学", "03"),
    (fields.DayField(), "2018年5月3日", dt.date(2018, 5, 3)),
    (fields.DayField(month_only=True), "2018年5月", dt.date(2018, 5, 1)),
    (fields.WholeNumberField(), "3,500元", 3500),
    (fields.WholeNumberField(unit="yuan", refusal="wage_text", max_value=1_000_000), 3500.0, 3500),
    (fields.DecimalAmountField(unit="m2"), "40㎡", Decimal("40.00")),
    (fields.DecimalAmountField(), 40.126, Decimal("40.13")),
    (fields.MobileField(), 17129804604.0, "17129804604"),
    (fields.DivisionCodeField(), "522326", 522326000000),
    (fields.DivisionCodeField(), 522326001000.0, 522326001000),
    (fields.DivisionCodeField(), 0, 0),
    (fields.HouseholdCodeField(), 522326000004.0, "522326000004"),
    (fields.HouseholdCodeField(), "'522326-a12", "522326-A12"),
    (fields.EncryptedField(), " 账号 1 ", "账号 1"),
    (fields.CitizenIdField(), "529999 19900101 1230", NUMBER),
    (fields.CitizenIdField(), NUMBER + "44", NUMBER + "44"),
]
LABELS = [f"{type(field).__name__}-{index}" for index, (field, _, _) in enumerate(SAMPLES)]


@pytest.mark.parametrize(("field", "raw", "clean"), SAMPLES, ids=LABELS)
def test_clean(field, raw, clean):
    assert field.clean(raw, None) == clean
    assert field.clean(clean, None) == clean
    assert field.clone().clean(raw, None) == clean


@pytest.mark.parametrize(
    "field", [field for field, _, _ in SAMPLES if not field.blank], ids=lambda field: type(field).__name__
)
@pytest.mark.parametrize("raw", EMPTY)
def test_empty_values(field, raw):
    assert refusal(field, raw).code == ("missing_name" if isinstance(field, fields.PersonNameField) else "required")
    filled = field.clone()
    filled.blank, filled.null = True, True
    assert filled.clean(raw, None) is None
    if isinstance(field, models.CharField):
        filled.null = False
        assert filled.clean(raw, None) == ""


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        (fields.CleanTextField(max_length=5), "太长的一段文字", "too_long"),
        (fields.PersonNameField(), "123", "bad_name"),
        (fields.CodeField(list_id="registry_labour"), "一般般", "unknown_code"),
        (fields.DayField(), "2019-02-30", "impossible_date"),
        (fields.DayField(), "2019年2月", "bad_date"),
        (fields.DayField(), "至今", "bad_date"),
        (fields.WholeNumberField(unit="yuan", refusal="wage_text"), "三千左右", "wage_text"),
        (fields.WholeNumberField(), "3500.5", "not_whole"),
        (fields.WholeNumberField(), -1, "out_of_range"),
        (fields.WholeNumberField(), 2**31, "out_of_range"),
        (fields.WholeNumberField(min_value=None), -(2**40), "not_whole"),
        (fields.WholeNumberField(max_value=100), 101, "out_of_range"),
        (fields.DecimalAmountField(), "1.234", "too_many_decimals"),
        (fields.DecimalAmountField(max_digits=5), "1000", "out_of_range"),
        (fields.DecimalAmountField(max_digits=5, min_value=None), "-1000", "out_of_range"),
        (fields.DecimalAmountField(max_digits=5), 999.999, "out_of_range"),
        (fields.MobileField(), "12345", "bad_phone"),
        (fields.DivisionCodeField(), "望谟县", "bad_division"),
        (fields.DivisionCodeField(), "992326000000", "bad_division"),
        (fields.DivisionCodeField(), "52232600000", "bad_division"),
        (fields.HouseholdCodeField(), "ABC", "bad_household_code"),
        (fields.HouseholdCodeField(), "522326", "bad_household_code"),
        (fields.HouseholdCodeField(), 5.22326000004e17, "bad_household_code"),
        (fields.HouseholdCodeField(), "5" * 21, "bad_household_code"),
        (fields.CitizenIdField(), NUMBER[:-1] + "1", "check_digit"),
        (fields.CitizenIdField(), 5.29999201207242e17, "float_id"),
        (fields.CitizenIdField(), "529999********1230", "masked"),
    ],
)
def test_refusals(field, raw, code):
    assert refusal(field, raw).code == code


def test_open_words_mean_no_end():
    field = fields.DayField(null=True, blank=True, open_words=OPEN_WORDS)
    assert field.clean("至今", None) is None
    assert field.clean("2020-06-30", None) == dt.date(2020, 6, 30)
    assert field.is_open(" 长期 ") and not field.is_open("") and not field.is_open(None)


def test_further_validators_run():
    field = fields.CleanTextField(max_length=10, validators=[RegexValidator("^A", code="not_a")])
    assert refusal(field, "B").code == "not_a"
    assert field.clean("A1", None) == "A1"


@pytest.mark.parametrize(
    "field",
    [
        *(field for field, _, _ in SAMPLES),
        fields.DayField(open_words=OPEN_WORDS, null=True),
        fields.EncryptedField(context="person|id_number"),
        fields.BlindIndexField(source="id_number"),
        fields.BlindIndexField(source="id_number", tail=True),
        fields.SchoolField(default="03"),
    ],
    ids=lambda field: type(field).__name__,
)
def test_migrations_rebuild_the_field(field):
    name, path, arguments, options = field.deconstruct()
    rebuilt = type(field)(*arguments, **options)
    assert rebuilt.deconstruct() == (name, path, arguments, options)
    assert path == f"common.fields.{type(field).__name__}"
    assert "choices" not in options
    assert "common.fields" in MigrationWriter.serialize(field)[0]


@isolate_apps("common")
def test_display_and_form_fields():
    class Thing(models.Model):
        name = fields.PersonNameField("name", max_length=10)
        sex = fields.CodeField("sex", list_id="sex")
        since = fields.DayField("since", month_only=True, null=True, blank=True)

        class Meta:
            app_label = "common"

    ThingForm = forms.modelform_factory(Thing, fields=["name", "sex", "since"])
    form = ThingForm({"name": "田 娜", "sex": "女", "since": "2018年5月"})
    assert form.is_valid(), form.errors
    thing = form.save(commit=False)
    assert (thing.name, thing.sex, thing.since) == ("田娜", "2", dt.date(2018, 5, 1))
    with translation.override("zh-hans"):
        assert thing.get_sex_display() == "女"
        assert '<option value="2" selected>女</option>' in str(ThingForm(instance=thing)["sex"])
    assert not ThingForm({"name": "田 娜", "sex": "2", "since": "201805"}, instance=thing).has_changed()
    wrong = ThingForm({"name": "", "sex": "", "since": "2019-02-30"})
    assert {name: errors[0]["code"] for name, errors in wrong.errors.get_json_data().items()} == {
        "name": "missing_name",
        "sex": "required",
        "since": "impossible_date",
    }


@isolate_apps("common")
def test_encrypted_storage_and_its_index():
    class Holder(models.Model):
        id_number = fields.CitizenIdField(null=True, blank=True)
        id_index = fields.BlindIndexField(source="id_number")
        id_tail = fields.BlindIndexField(source="id_number", tail=True)

        class Meta:
            app_label = "common"
            db_table = "holder"

    field, index = Holder._meta.get_field("id_number"), Holder._meta.get_field("id_index")
    stored = field.encrypted(NUMBER)
    assert field.from_db_value(memoryview(stored), None, None) == NUMBER
    assert field.from_db_value(None, None, None) is None and field.encrypted(None) is None
    assert field.from_db_value(b"", None, None) == "" and field.encrypted("") == b""
    assert NUMBER.encode() not in stored

    cell = field.to_copy(NUMBER)
    assert cell.startswith(r"\\x") and field.from_db_value(bytes.fromhex(cell[3:]), None, None) == NUMBER
    assert field.to_copy(None) == r"\N"

    holder = Holder(id_number=NUMBER)
    assert index.pre_save(holder, add=True) == holder.id_index == index.value_for(NUMBER)
    assert index.value_for(NUMBER + "44B1") == index.value_for(NUMBER)
    assert index.value_for("") is None and index.value_for(None) is None
    assert Holder._meta.get_field("id_tail").value_for(NUMBER) != index.value_for(NUMBER)
    assert index.to_copy(index.value_for(NUMBER)) == str(index.value_for(NUMBER))
    with pytest.raises(FieldError):
        str(Holder.objects.filter(id_number=NUMBER).query)


def test_a_copied_column_keeps_the_context_of_its_origin():
    field = fields.EncryptedField(context="person|id_number")
    assert field.aad() == "person|id_number"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, r"\N"),
        ("", ""),
        ("一\t二\n\\三\r", r"一\t二\n\\三\r"),
        (True, "t"),
        (False, "f"),
        (5, "5"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2018, 5, 3), "2018-05-03"),
        (b"\x01\xff", r"\\x01ff"),
        ({"一": "\\"}, '{"一": "\\\\\\\\"}'),
        (r"\N", r"\\N"),
    ],
)
def test_copy_cells(value, cell):
    assert copy_text(value) == cell


def test_what_no_column_takes_is_refused():
    with pytest.raises(TypeError):
        copy_text(object())


def test_queries_take_values_as_they_stand():
    assert fields.CodeField(list_id="sex").get_prep_value("nothing") == "nothing"
    assert fields.DecimalAmountField().get_prep_value(Decimal(-1)) == -1
    assert fields.DayField().get_prep_value(dt.date(1800, 1, 1)) == dt.date(1800, 1, 1)
    assert fields.DayField().get_prep_value("2018-05-03") == dt.date(2018, 5, 3)
    assert fields.DivisionCodeField().get_prep_value("522326000000") == 522326000000


def test_the_day_of_reading_decides_on_births(settings):
    first17 = "52999920200701001"
    born_tomorrow = first17 + citizen_id.check_character(first17)
    assert refusal(fields.CitizenIdField(), born_tomorrow).code == "birth_in_future"
    settings.TODAY = dt.date(2020, 7, 1)
    assert fields.CitizenIdField().clean(born_tomorrow, None) == born_tomorrow
