"""Every sentence of the interface has its Chinese words."""

import importlib.util
import re

from django.conf import settings
from django.utils import translation

SPEC = importlib.util.spec_from_file_location("messages", settings.BASE_DIR / "script" / "messages.py")
messages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(messages)


def test_nothing_is_left_in_english():
    assert messages.missing() == []


def test_placeholders_are_the_same_in_both_languages():
    names = re.compile(r"%\((\w+)\)[sd]|%s")
    for message in messages.read_catalogue():
        if message.id:
            told = messages.singular(message.id)
            words = messages.singular(message.string)
            assert sorted(names.findall(told)) == sorted(names.findall(words)), told


def test_sentences_that_count_are_chinese_too():
    """Every counting call of the code, translated as Django does it."""
    counting = [text for text in messages.used() if isinstance(text, tuple)]
    assert counting
    with translation.override("zh-hans"):
        for singular, plural in counting:
            for number in (1, 2):
                words = translation.ngettext(singular, plural, number)
                assert words not in (singular, plural) and re.search("[一-鿿]", words), words


def test_a_missing_sentence_would_be_found(tmp_path):
    module = tmp_path / "words.py"
    module.write_text(
        'from django.utils.translation import gettext as _\nprint(_("No such sentence here."), ngettext("%d day", "%d days", 2))\n'
    )
    assert messages.of_python(module) == {"No such sentence here.", ("%d day", "%d days")}
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}{% translate "One" %}{% blocktranslate with n=x %}Two {{ n }}{% endblocktranslate %}{% include "a" with b=_("Three") %}'
    )
    assert messages.of_template(page) == {"One", "Two %(n)s", "Three"}
