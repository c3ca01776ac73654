"""What follows a change, in order, in the same transaction: the one screen on which it stands.

Actions publish the ids that they touched (`households`, `settlements`, `posts`, `users`, `units`); each step reads what it needs from them and from
what earlier steps published.
"""

from __future__ import annotations

from accounts.post_actions import name_posts
from alerts.actions import follow_people
from common.changes import set_pipeline
from compliance.actions import judge, settle_job_alerts, settle_zero_cases, size_settlements
from employment.actions import follow_households
from households.actions import check_families, settle_file_deadlines
from ledgers.attachments.actions import follow_rows

STEPS = [
    check_families,  # one head a household, one spouse of the head; refuses the whole change otherwise
    judge,  # the verdicts of the households touched; counters follow by trigger
    follow_households,  # jobs carry the region of a household that moved
    settle_zero_cases,  # who enters and leaves the zero-employment list
    size_settlements,  # the tier of the settlements touched, by the people moved in
    follow_rows,  # files lie in the region of the row that they belong to
    settle_job_alerts,  # what is due: last jobs that end soon
    settle_file_deadlines,  # what is due by household plans and by what was agreed at visits
    name_posts,  # posts are called after their units
    follow_people,  # whom deadlines reach, where posts, accounts or units were touched
]


def install() -> None:
    """Called once, when the project starts."""
    set_pipeline(STEPS)
