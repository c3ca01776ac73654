"""Every sentence of the interface has its Chinese words."""

import importlib.util

from django.conf import settings
from django.utils import translation
from django.utils.translation import ngettext

SPEC = importlib.util.spec_from_file_location("messages", settings.BASE_DIR / "script" / "messages.py")
messages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(messages)


def test_nothing_is_left_in_english():
    assert messages.missing() == []


def test_placeholders_are_the_same_in_both_languages():
    import re

    names = re.compile(r"%\((\w+)\)[sd]|%s")
    for message in messages.read_catalogue():
        if message.id and message.string:
            # Of a sentence with a plural, the Chinese stands for the plural.
            text, words = (message.id[1], message.string[0]) if message.pluralizable else (message.id, message.string)
            assert sorted(names.findall(text)) == sorted(names.findall(words)), message.id


def test_sentences_with_a_plural_are_shown_in_chinese():
    with translation.override("zh-hans"):
        for seconds in (1, 30):
            assert ngettext("about %(n)s second left", "about %(n)s seconds left", seconds) == "约剩 %(n)s 秒"


def test_a_missing_sentence_would_be_found(tmp_path):
    module = tmp_path / "words.py"
    module.write_text('from django.utils.translation import gettext as _\nprint(_("No such sentence here."))\n')
    assert messages.of_python(module) == {"No such sentence here."}
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}{% translate "One" %}{% blocktranslate with n=x %}Two {{ n }}{% endblocktranslate %}{% include "a" with b=_("Three") %}'
    )
    assert messages.of_template(page) == {"One", "Two %(n)s", "Three"}
