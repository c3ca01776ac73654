"""What relation the members have to a new head of the household, as far as their relations to the former one tell.

It is a proposal for a form: who sees it knows the family. Where the relations do not tell, it is 其他 (other).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from households.models import HEAD, SPOUSE, Person

OTHER = "28"
SON, DAUGHTER, SONS_WIFE, DAUGHTERS_HUSBAND = "03", "04", "05", "06"
SONS_SON, SONS_DAUGHTER, DAUGHTERS_SON, DAUGHTERS_DAUGHTER = "07", "08", "09", "10"
FATHER, MOTHER, WIFES_FATHER, WIFES_MOTHER, HUSBANDS_FATHER, HUSBANDS_MOTHER = "11", "12", "13", "14", "15", "16"
FATHERS_FATHER, FATHERS_MOTHER, MOTHERS_FATHER, MOTHERS_MOTHER = "17", "18", "19", "20"
SIBLING, GREAT_GRANDSON, GREAT_GRANDDAUGHTER = "21", "22", "23"
NEPHEW, NIECE, BROTHERS_WIFE, UNCLE = "24", "25", "26", "27"

MALE, FEMALE = "1", "2"
_KEPT_BY_SPOUSE = {
    code: code
    for code in (
        SON,
        DAUGHTER,
        SONS_WIFE,
        DAUGHTERS_HUSBAND,
        SONS_SON,
        SONS_DAUGHTER,
        DAUGHTERS_SON,
        DAUGHTERS_DAUGHTER,
        GREAT_GRANDSON,
        GREAT_GRANDDAUGHTER,
    )
}
_GREAT = {
    SONS_SON: GREAT_GRANDSON,
    DAUGHTERS_SON: GREAT_GRANDSON,
    SONS_DAUGHTER: GREAT_GRANDDAUGHTER,
    DAUGHTERS_DAUGHTER: GREAT_GRANDDAUGHTER,
}
_CHILD_OF_GREAT = {GREAT_GRANDSON: SONS_SON, GREAT_GRANDDAUGHTER: SONS_DAUGHTER}


def _by_sex(sex: str, male: str, female: str) -> str:
    return female if sex == FEMALE else male


def _under_spouse(new: Person, old: Person | None, _only: bool) -> dict[str, str]:
    """The head's wife or husband: children stay, parents and parents-in-law change places."""
    wife = new.sex == FEMALE
    return {
        **_KEPT_BY_SPOUSE,
        HEAD: SPOUSE,
        FATHER: HUSBANDS_FATHER if wife else WIFES_FATHER,
        MOTHER: HUSBANDS_MOTHER if wife else WIFES_MOTHER,
        WIFES_FATHER: FATHER,
        WIFES_MOTHER: MOTHER,
        HUSBANDS_FATHER: FATHER,
        HUSBANDS_MOTHER: MOTHER,
    }


def _under_child(new: Person, old: Person | None, only: bool) -> dict[str, str]:
    """A son or daughter. Whose wife and whose children the others are is known where there is no second one."""
    of_father = old is None or old.sex != FEMALE
    son = new.sex != FEMALE
    mine, others = (SONS_WIFE, DAUGHTERS_HUSBAND) if son else (DAUGHTERS_HUSBAND, SONS_WIFE)
    my_children = (
        {SONS_SON: SON, SONS_DAUGHTER: DAUGHTER} if son else {DAUGHTERS_SON: SON, DAUGHTERS_DAUGHTER: DAUGHTER}
    )
    told = {
        HEAD: FATHER if of_father else MOTHER,
        SPOUSE: MOTHER if of_father else FATHER,
        SON: SIBLING,
        DAUGHTER: SIBLING,
        SONS_WIFE: BROTHERS_WIFE,
        others: BROTHERS_WIFE if others == SONS_WIFE else OTHER,
        SONS_SON: NEPHEW,
        SONS_DAUGHTER: NIECE,
        DAUGHTERS_SON: NEPHEW,
        DAUGHTERS_DAUGHTER: NIECE,
        FATHER: FATHERS_FATHER if of_father else MOTHERS_FATHER,
        MOTHER: FATHERS_MOTHER if of_father else MOTHERS_MOTHER,
        WIFES_FATHER: MOTHERS_FATHER,
        WIFES_MOTHER: MOTHERS_MOTHER,
        HUSBANDS_FATHER: FATHERS_FATHER,
        HUSBANDS_MOTHER: FATHERS_MOTHER,
        SIBLING: UNCLE if of_father else OTHER,
        **_CHILD_OF_GREAT,
    }
    return told | {mine: SPOUSE, **my_children} if only else told


def _under_child_in_law(new: Person, old: Person | None, only: bool) -> dict[str, str]:
    wife = new.sex == FEMALE
    husbands, wifes = (HUSBANDS_FATHER, HUSBANDS_MOTHER), (WIFES_FATHER, WIFES_MOTHER)
    father, mother = husbands if wife else wifes
    old_is_man = old is None or old.sex != FEMALE
    told = {HEAD: father if old_is_man else mother, SPOUSE: mother if old_is_man else father}
    if only:
        told |= {SON: SPOUSE, SONS_SON: SON, SONS_DAUGHTER: DAUGHTER} if wife else {}
        told |= {} if wife else {DAUGHTER: SPOUSE, DAUGHTERS_SON: SON, DAUGHTERS_DAUGHTER: DAUGHTER}
    return told


def _under_parent(new: Person, old: Person | None, _only: bool) -> dict[str, str]:
    of_son = old is None or old.sex != FEMALE
    grandson, granddaughter = (SONS_SON, SONS_DAUGHTER) if of_son else (DAUGHTERS_SON, DAUGHTERS_DAUGHTER)
    father = new.sex != FEMALE
    return {
        HEAD: SON if of_son else DAUGHTER,
        SPOUSE: SONS_WIFE if of_son else DAUGHTERS_HUSBAND,
        SON: grandson,
        DAUGHTER: granddaughter,
        FATHER: SPOUSE,
        MOTHER: SPOUSE,
        FATHERS_FATHER: FATHER if father else HUSBANDS_FATHER,
        FATHERS_MOTHER: MOTHER if father else HUSBANDS_MOTHER,
        MOTHERS_FATHER: WIFES_FATHER if father else FATHER,
        MOTHERS_MOTHER: WIFES_MOTHER if father else MOTHER,
        **_GREAT,
    }


def _under_sibling(new: Person, old: Person | None, _only: bool) -> dict[str, str]:
    kept = (FATHER, MOTHER, FATHERS_FATHER, FATHERS_MOTHER, MOTHERS_FATHER, MOTHERS_MOTHER, SIBLING, UNCLE)
    return {
        **{code: code for code in kept},
        HEAD: SIBLING,
        SPOUSE: BROTHERS_WIFE if old is None or old.sex != FEMALE else OTHER,
        SON: NEPHEW,
        DAUGHTER: NIECE,
    }


def _under_grandchild(new: Person, old: Person | None, only: bool) -> dict[str, str]:
    of_son = new.relation in (SONS_SON, SONS_DAUGHTER)
    old_is_man = old is None or old.sex != FEMALE
    grandfather, grandmother = (FATHERS_FATHER, FATHERS_MOTHER) if of_son else (MOTHERS_FATHER, MOTHERS_MOTHER)
    told = {HEAD: grandfather if old_is_man else grandmother, SPOUSE: grandmother if old_is_man else grandfather}
    if not only:
        return told | {SON: UNCLE if of_son else OTHER}
    if of_son:
        return told | {SON: FATHER, SONS_WIFE: MOTHER, SONS_SON: SIBLING, SONS_DAUGHTER: SIBLING}
    return told | {DAUGHTER: MOTHER, DAUGHTERS_HUSBAND: FATHER, DAUGHTERS_SON: SIBLING, DAUGHTERS_DAUGHTER: SIBLING}


_TABLES = {
    SPOUSE: _under_spouse,
    **dict.fromkeys((SON, DAUGHTER), _under_child),
    **dict.fromkeys((SONS_WIFE, DAUGHTERS_HUSBAND), _under_child_in_law),
    **dict.fromkeys((SONS_SON, SONS_DAUGHTER, DAUGHTERS_SON, DAUGHTERS_DAUGHTER), _under_grandchild),
    **dict.fromkeys((FATHER, MOTHER), _under_parent),
    SIBLING: _under_sibling,
}
# Of which of the former head's children only one may be there, for the table to be sure.
_LINE = {SONS_WIFE: SON, DAUGHTERS_HUSBAND: DAUGHTER, SONS_SON: SON, SONS_DAUGHTER: SON}


def proposed(members: Iterable[Person], new_head: Person) -> dict[int, str]:
    """The relation of each member to the new head, by the relations that they have to the present one."""
    members = list(members)
    if new_head.relation == HEAD:
        return {person.pk: person.relation for person in members}
    old = next((person for person in members if person.relation == HEAD), None)
    line = _LINE.get(new_head.relation, DAUGHTER if new_head.relation in (DAUGHTERS_SON, DAUGHTERS_DAUGHTER) else "")
    line = new_head.relation if new_head.relation in (SON, DAUGHTER) else line
    only = sum(person.relation == line for person in members) <= 1
    build = _TABLES.get(new_head.relation)
    table: Mapping[str, str] = build(new_head, old, only) if build else {}
    found = {person.pk: table.get(person.relation, OTHER) for person in members}
    found[new_head.pk] = HEAD
    return _one_spouse(found)


def _one_spouse(found: dict[int, str]) -> dict[int, str]:
    """A second spouse cannot be one: somebody must say what that person is."""
    spouses = [key for key, code in found.items() if code == SPOUSE]
    return found | dict.fromkeys(spouses[1:], OTHER)
