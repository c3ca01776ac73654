"""Every sentence of the interface has its Chinese words."""

import importlib.util

from django.conf import settings

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
            assert sorted(names.findall(message.id)) == sorted(names.findall(message.string)), message.id


def test_a_missing_sentence_would_be_found(tmp_path):
    module = tmp_path / "words.py"
    module.write_text('from django.utils.translation import gettext as _\nprint(_("No such sentence here."))\n')
    assert messages.of_python(module) == {"No such sentence here."}
    page = tmp_path / "page.html"
    page.write_text(
        '{% load i18n %}{% translate "One" %}{% blocktranslate with n=x %}Two {{ n }}{% endblocktranslate %}{% include "a" with b=_("Three") %}'
    )
    assert messages.of_template(page) == {"One", "Two %(n)s", "Three"}
