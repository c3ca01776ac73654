"""What follows a change, in order, in the same transaction, and what each night begins with: the one screen on which both
stand.

Actions publish the ids that they touched (`households`, `settlements`, `posts`, `users`, `units`); each step reads what it needs from them and from
what earlier steps published.
"""

from __future__ import annotations

from accounts.post_actions import name_posts
from alerts import nightwork
from alerts.actions import follow_people
from common.changes import set_pipeline
from compliance.actions import judge, settle_job_alerts, settle_zero_cases, size_settlements
from compliance.home_area import settle_over_area
from compliance.watching import follow_risks
from employment.actions import follow_households, follow_merged
from households.actions import check_families, settle_file_deadlines
from households.actions.following import follow_moved
from households.actions.grids import follow_places
from households.actions.homes import follow_homes
from households.actions.income import follow_incomes
from households.actions.origin import follow_origins
from households.actions.risk_watch import follow_moved_cases, take_up_reports
from ledgers.attachments.actions import follow_rows
from rectification.actions.dispatch import open_rounds
from rectification.actions.meetings import open_quarters

STEPS = [
    check_families,  # one head a household, one spouse of the head; refuses the whole change otherwise
    follow_places,  # flats follow addresses; cadres' links and grids follow who moved
    follow_merged,  # jobs of an entry that was merged into another
    follow_homes,  # flat and area of a household and of its present home are the same
    follow_origins,  # what the county of origin keeps is called after the head and lies in the place of origin
    judge,  # the verdicts of the households touched; counters follow by trigger
    settle_over_area,  # findings about homes over the standard area
    follow_households,  # jobs carry the region of a household that moved
    follow_moved,  # so do what is known of its income, risk and safety net
    follow_incomes,  # heads are counted anew where members came or went
    take_up_reports,  # reported risks open their cases
    follow_risks,  # signals, cases and the red-yellow-green level of the households touched
    follow_moved_cases,  # what is due of cases lies where their household is
    settle_zero_cases,  # who enters and leaves the zero-employment list
    size_settlements,  # the tier of the settlements touched, by the people moved in
    follow_rows,  # files lie in the region of the row that they belong to
    settle_job_alerts,  # what is due: last jobs that end soon
    settle_file_deadlines,  # what is due by household plans and by what was agreed at visits
    name_posts,  # posts are called after their units
    follow_people,  # whom deadlines reach, where posts, accounts or units were touched
]

NIGHT = [
    open_rounds,  # the month's dispatch, where the policy wants one
    open_quarters,  # the quarter that needs a joint meeting
]


def install() -> None:
    """Called once, when the project starts."""
    set_pipeline(STEPS)
    nightwork.set_steps(NIGHT)
