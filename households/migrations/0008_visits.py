import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.fields
import households.models.visits
from common.database import Guard
from households.watching import OWN, Watched


class Migration(migrations.Migration):
    dependencies = [
        ("divisions", "0002_units"),
        ("households", "0007_life"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HouseholdPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", common.fields.DivisionCodeField(editable=False, verbose_name="region")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("voided_at", models.DateTimeField(editable=False, null=True, verbose_name="voided at")),
                (
                    "void_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason of voiding"),
                ),
                ("made_on", common.fields.DayField(verbose_name="made on")),
                ("cadre", common.fields.PersonNameField(max_length=60, verbose_name="cadre")),
                ("cadre_phone", common.fields.PhoneField(blank=True, max_length=20, verbose_name="cadre's telephone")),
                ("difficulty", common.fields.CleanTextField(max_length=500, multiline=True, verbose_name="difficulty")),
                (
                    "follow_up",
                    common.fields.CleanTextField(blank=True, max_length=1000, multiline=True, verbose_name="follow-up"),
                ),
                (
                    "effect",
                    common.fields.CleanTextField(blank=True, max_length=500, multiline=True, verbose_name="effect"),
                ),
                ("ended_on", common.fields.DayField(blank=True, null=True, verbose_name="ended on")),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="households.household",
                        verbose_name="household code",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "household plan",
                "verbose_name_plural": "household plans",
                "ordering": ["region", "id"],
                "indexes": [models.Index(models.F("region"), models.F("id"), name="household_plan_place")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("household"),
                        condition=models.Q(("voided_at__isnull", True), ("ended_on__isnull", True)),
                        name="household_plan_one_at_a_time",
                    ),
                    models.UniqueConstraint(
                        models.F("household"),
                        models.F("made_on"),
                        condition=models.Q(("voided_at__isnull", True)),
                        name="household_plan_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_on__isnull", True), ("ended_on__gte", models.F("made_on")), _connector="OR"
                        ),
                        name="household_plan_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("void_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="household_plan_void_told_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", common.fields.DivisionCodeField(editable=False, verbose_name="region")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("voided_at", models.DateTimeField(editable=False, null=True, verbose_name="voided at")),
                (
                    "void_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason of voiding"),
                ),
                ("measure", common.fields.CleanTextField(max_length=300, verbose_name="measure")),
                ("owner", common.fields.PersonNameField(blank=True, max_length=60, verbose_name="owner")),
                ("due_on", common.fields.DayField(verbose_name="by")),
                (
                    "state",
                    common.fields.CodeField(
                        default="planned", list_id="measure_state", max_length=16, verbose_name="state"
                    ),
                ),
                ("done_on", common.fields.DayField(blank=True, null=True, verbose_name="done on")),
                (
                    "effect",
                    common.fields.CleanTextField(blank=True, max_length=500, multiline=True, verbose_name="effect"),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_measures",
                        to="households.household",
                        verbose_name="household code",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="measures",
                        to="households.householdplan",
                        verbose_name="household plan",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="divisions.unit",
                        verbose_name="department",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "measure of a plan",
                "verbose_name_plural": "measures of plans",
                "ordering": ["due_on", "id"],
                "indexes": [
                    models.Index(models.F("region"), models.F("id"), name="plan_measure_place"),
                    models.Index(models.F("household"), models.F("due_on"), name="plan_measure_household"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("plan"),
                        models.F("measure"),
                        condition=models.Q(("voided_at__isnull", True)),
                        name="plan_measure_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("unit__isnull", False),
                            models.Q(("owner", ""), _negated=True),
                            models.Q(("voided_at__isnull", True), _negated=True),
                            _connector="OR",
                        ),
                        name="plan_measure_has_an_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_on__isnull", False), ("state", "done")),
                            models.Q(models.Q(("state", "done"), _negated=True), ("done_on__isnull", True)),
                            _connector="OR",
                        ),
                        name="plan_measure_done_told_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("void_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="plan_measure_void_told_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", common.fields.DivisionCodeField(editable=False, verbose_name="region")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("voided_at", models.DateTimeField(editable=False, null=True, verbose_name="voided at")),
                (
                    "void_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason of voiding"),
                ),
                ("visited_on", common.fields.DayField(verbose_name="visited on")),
                (
                    "visited_at",
                    common.fields.CleanTextField(blank=True, help_text="like 14:30", max_length=5, verbose_name="at"),
                ),
                (
                    "manner",
                    common.fields.CodeField(
                        default="home", list_id="visit_manner", max_length=16, verbose_name="manner"
                    ),
                ),
                ("visitors", common.fields.CleanTextField(max_length=120, verbose_name="visited by")),
                ("met", common.fields.CleanTextField(blank=True, max_length=60, verbose_name="spoke with")),
                ("found", common.fields.CleanTextField(max_length=2000, multiline=True, verbose_name="what was found")),
                (
                    "agreed",
                    common.fields.CleanTextField(
                        blank=True, max_length=1000, multiline=True, verbose_name="what was agreed"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="entered by",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="households.household",
                        verbose_name="household code",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "visit",
                "verbose_name_plural": "visits",
                "ordering": ["region", "id"],
                "indexes": [
                    models.Index(models.F("region"), models.F("id"), name="visit_place"),
                    models.Index(
                        models.F("household"),
                        models.OrderBy(models.F("visited_on"), descending=True),
                        condition=models.Q(("voided_at__isnull", True)),
                        name="visit_latest",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("household"),
                        models.F("visited_on"),
                        models.F("visitors"),
                        condition=models.Q(("voided_at__isnull", True)),
                        name="visit_once_a_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("void_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_void_told_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", common.fields.DivisionCodeField(editable=False, verbose_name="region")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("voided_at", models.DateTimeField(editable=False, null=True, verbose_name="voided at")),
                (
                    "void_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason of voiding"),
                ),
                ("agreed_on", common.fields.DayField(verbose_name="agreed on")),
                ("step", common.fields.CleanTextField(max_length=200, verbose_name="agreed step")),
                ("owner", households.models.visits.StepOwnerField(max_length=60, verbose_name="owner")),
                ("due_on", households.models.visits.StepDayField(verbose_name="by")),
                ("done_on", common.fields.DayField(blank=True, null=True, verbose_name="done on")),
                (
                    "outcome",
                    common.fields.CleanTextField(
                        blank=True, max_length=500, multiline=True, verbose_name="what came of it"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visit_steps",
                        to="households.household",
                        verbose_name="household code",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="divisions.unit",
                        verbose_name="department",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="households.visit",
                        verbose_name="visit",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "agreed step",
                "verbose_name_plural": "agreed steps",
                "ordering": ["due_on", "id"],
                "indexes": [
                    models.Index(models.F("region"), models.F("id"), name="visit_step_place"),
                    models.Index(models.F("household"), models.F("due_on"), name="visit_step_household"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("visit"),
                        models.F("step"),
                        condition=models.Q(("voided_at__isnull", True)),
                        name="visit_step_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("owner", ""), _negated=True), name="visit_step_has_an_owner"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gte", models.F("agreed_on"))), name="visit_step_lies_ahead"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_on__isnull", True), ("outcome", "")),
                            models.Q(("done_on__isnull", False), models.Q(("outcome", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="visit_step_done_told_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("void_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="visit_step_void_told_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("region", common.fields.DivisionCodeField(editable=False, verbose_name="region")),
                ("version", models.PositiveIntegerField(default=1, editable=False, verbose_name="version")),
                ("voided_at", models.DateTimeField(editable=False, null=True, verbose_name="voided at")),
                (
                    "void_reason",
                    models.CharField(blank=True, editable=False, max_length=200, verbose_name="reason of voiding"),
                ),
                ("confirmed_on", common.fields.DayField(verbose_name="confirmed on")),
                ("remark", common.fields.CleanTextField(blank=True, max_length=200, verbose_name="remark")),
                (
                    "level",
                    common.fields.CodeField(
                        editable=False, list_id="confirming_level", max_length=16, verbose_name="level"
                    ),
                ),
                (
                    "state",
                    common.fields.CodeField(
                        default="confirmed",
                        editable=False,
                        list_id="confirmation_state",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("decided_on", common.fields.DayField(editable=False, null=True, verbose_name="reviewed on")),
                (
                    "decision_reason",
                    common.fields.CleanTextField(blank=True, editable=False, max_length=200, verbose_name="reason"),
                ),
                ("current", models.BooleanField(default=True, editable=False, verbose_name="the last one")),
                ("changed_at", models.DateTimeField(editable=False, null=True, verbose_name="changed since")),
                ("changed_in", models.JSONField(default=list, editable=False, verbose_name="changed in")),
                (
                    "author",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="confirmed by",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reviewed by",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="households.household",
                        verbose_name="household code",
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="voided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "confirmation of a file",
                "verbose_name_plural": "confirmations of files",
                "ordering": ["region", "id"],
                "indexes": [models.Index(models.F("region"), models.F("id"), name="confirmation_place")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("household"),
                        condition=models.Q(("voided_at__isnull", True), ("current", True)),
                        name="confirmation_current_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_by__isnull", True),
                                ("decided_on__isnull", True),
                                ("decision_reason", ""),
                                ("state", "confirmed"),
                            ),
                            models.Q(
                                models.Q(("state", "confirmed"), _negated=True),
                                ("decided_by__isnull", False),
                                ("decided_on__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="confirmation_decision_told_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "returned"), _negated=True),
                            models.Q(("decision_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="confirmation_return_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_reason", ""), ("voided_at__isnull", True), ("voided_by__isnull", True)),
                            models.Q(
                                ("voided_at__isnull", False),
                                ("voided_by__isnull", False),
                                models.Q(("void_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="confirmation_void_told_whole",
                    ),
                ],
            },
        ),
        Guard("HouseholdPlan"),
        Guard("PlanMeasure"),
        Guard("Visit"),
        Guard("VisitStep"),
        Guard("Confirmation"),
        # What a confirmation covers; visits and their steps are the follow-up of a file, not facts in it.
        Watched("Household", OWN),
        Watched("Person"),
        Watched("Membership"),
        Watched("Placement"),
        Watched("HouseholdPlan"),
        Watched("PlanMeasure"),
    ]
