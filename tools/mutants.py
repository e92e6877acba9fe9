"""Take away, one at a time, what keeps routing right, and see that a test turns red each time.

    python -m tools.mutants                 all of them
    python -m tools.mutants NAME...         some (`--list` names them)

Each mutation is made in a copy of the tree that is thrown away, never in place. Exit status 1 when one survives, 2
when one could not be tried: its text is not there any more, or the tests fail without it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("functions", "layers", "tests", "tools", "pyproject.toml", "template.yaml")
LENT = (".venv-engine",)
TESTS = (
    "tests/concurrency/test_caps.py",
    "tests/concurrency/test_duplicates.py",
    "tests/concurrency/test_held.py",
    "tests/concurrency/test_interleavings.py",
    "tests/concurrency/test_jobs.py",
    "tests/concurrency/test_pull_conditions.py",
    "tests/concurrency/test_saves.py",
    "tests/concurrency/test_walks.py",
    "tests/functional/test_person.py",
    "tests/functional/test_transfers.py",
    "tests/functional/test_what_if.py",
    "tests/unit/test_catch_up.py",
)
LAYER = "layers/routing/routing"
LIMIT_SECONDS = 120
"""Some mutants never end: that is found out too."""
ALWAYS = " OR attribute_not_exists(never)"


class Outcome(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    UNTRIED = "COULD NOT BE TRIED"


@dataclass(frozen=True)
class Mutant:
    """`edits`: (file of the layer, text that is there once, text in its place). `noticed_by`: tests, as for `-k`."""

    name: str
    noticed_by: str
    edits: tuple[tuple[str, str, str], ...]

    def apply(self, tree: Path) -> None:
        """Make the edits in `tree`. LookupError when a text is not there exactly once."""
        for file, before, after in self.edits:
            path = tree / LAYER / file
            text = path.read_text(encoding="utf-8")
            if text.count(before) != 1:
                raise LookupError(f"{file} has {text.count(before)} times: {before}")
            path.write_text(text.replace(before, after), encoding="utf-8")


def _edit(name: str, noticed_by: str, file: str, before: str, after: str) -> Mutant:
    return Mutant(name, noticed_by, ((file, before, after),))


def _condition(name: str, noticed_by: str, file: str, text: str) -> Mutant:
    """A condition, given up to its closing quotation mark, that always holds."""
    return _edit(name, noticed_by, file, f'{text}"', f'{text}{ALWAYS}"')


MUTANTS = (
    _condition("state-version", "count_both_of_their_leads", "storage/states.py", "#v = :seen"),
    _condition(
        "not-erased",
        "leaves_nothing_of_its_person",
        "storage/heads.py",
        "attribute_exists(PK) AND attribute_not_exists(erased_at)",
    ),
    _edit(
        "counts-of-a-draft",
        "as_saving_it_leaves_it",
        "domain/drafts.py",
        "state_after(state, each.before, each.body, each.version)",
        "state",
    ),
    _edit(
        "draft-of-a-manager",
        "draft_is_for_who_may_save_it",
        "services/company/administration.py",
        'require(account, "admin")\n    return drafts',
        'require(account, "admin", "manager")\n    return drafts',
    ),
    _edit(
        "transfers-once",
        "moves_the_rest_and_none_twice",
        "services/work/transfers.py",
        "once and once.of(lead)",
        "None",
    ),
    _condition("head-version", "assign_it_once or want_the_same_lead", "storage/heads.py", "#v = :seen"),
    _condition(
        "slot",
        "second_tap",
        "storage/presence.py",
        "attribute_not_exists(lease_expires) OR lease_expires <= :now)",
    ),
    _edit(
        "token-of-an-extension",
        "late_extension",
        "storage/presence.py",
        'update="SET lease_expires = :expires, last_active = :now",\n        condition="lease_token = :token"',
        'update="SET lease_expires = :expires, last_active = :now",\n        condition="lease_token = :token'
        f'{ALWAYS}"',
    ),
    _edit(
        "token-of-a-disposition",
        "late_disposition",
        "storage/presence.py",
        'lease_expires{past} ADD {add}",\n        condition="lease_token = :token"',
        f'lease_expires{{past}} ADD {{add}}",\n        condition="lease_token = :token{ALWAYS}"',
    ),
    _edit(
        "token-of-an-old-lease",
        "token_of_an_earlier_lease",
        "services/work/dispositions.py",
        "token not in (None, lease.token)",
        "False",
    ),
    _edit(
        "claim-of-another",
        "posts_of_one_person_at_once",
        "storage/dedupe.py",
        """({', '.join(names)})",""",
        f"""({{', '.join(names)}}){ALWAYS}",""",
    ),
    _edit(
        "cap-in-leads",
        "never_pass_a_cap",
        "storage/spending.py",
        "OR #leads < :most_leads)",
        "OR #leads < :most_leads OR :most_leads > :one)",
    ),
    _edit(
        "cap-in-money",
        "never_pass_a_cap",
        "storage/spending.py",
        "OR #cost <= :spent)",
        "OR #cost <= :spent OR :spent > :one)",
    ),
    _edit(
        "a-post-becomes-one-lead",
        "release_a_post_at_once",
        "storage/posts.py",
        "attribute_exists(received) AND attribute_not_exists(#lead) AND",
        "attribute_exists(received) AND",
    ),
    _edit(
        "due-now-by-the-slower-clock",
        "due_by_the_clock_of_who_pulls",
        "domain/pull_choice.py",
        "if head.due is not None and head.due > now:",
        "if False:",
    ),
    Mutant(
        "due-now",
        "cool_down",
        (
            ("domain/pull_choice.py", "if head.due is not None and head.due > now:", "if False:"),
            ("services/pull/snapshot.py", "due = keys.until(now)", 'due = "~"'),
        ),
    ),
    _edit(
        "held-by-the-slower-clock",
        "lost_a_lead_by_a_faster_clock",
        "services/pull/pull.py",
        "if front.presence.lease_token == gone:",
        "if False:",
    ),
    _edit(
        "hours-of-the-front",
        "outside_its_hours",
        "domain/pull_choice.py",
        "until = lent_until(head.calling_class, strategy, head.owner, company, now)",
        "until = lent_until(None, strategy, head.owner, company, now)",
    ),
    _edit(
        "lease-past-the-window",
        "lease_ends_with_the_window",
        "domain/leases.py",
        "return min(whole_second(now + length_of(strategy)), closes)",
        "return whole_second(now + length_of(strategy))",
    ),
    _edit(
        "extension-past-the-window",
        "extended_lease_ends_with_the_window",
        "domain/leases.py",
        "min(whole_second(now + length), until, last)",
        "min(whole_second(now + length), last)",
    ),
    _edit(
        "call-limit",
        "three_times_and_no_fourth",
        "storage/calls.py",
        "OR size(called_at) < :most)",
        f"OR size(called_at) < :most{ALWAYS})",
    ),
    _edit(
        "first-call-as-seen",
        "calls_to_a_phone_at_once",
        "storage/calls.py",
        'as_seen = "attribute_not_exists(called_at)"',
        f'as_seen = "(attribute_not_exists(called_at){ALWAYS})"',
    ),
    _edit(
        "calls-as-seen",
        "calls_to_a_phone_at_once",
        "storage/calls.py",
        'as_seen, values[":marks"] = "called_at = :marks"',
        f'as_seen, values[":marks"] = "(called_at = :marks{ALWAYS})"',
    ),
    _edit(
        "phone-lent-twice",
        "two_leads_with_one_phone",
        "storage/calls.py",
        "OR begins_with(lent_to, :lead)",
        f"OR begins_with(lent_to, :lead){ALWAYS}",
    ),
    _edit(
        "second-phone-lent-twice",
        "second_phone_that_two_call",
        "services/work/calls.py",
        "if lease is not None and lease.phone_key != contact:",
        "if lease is not None and contact is None:",
    ),
    _edit(
        "closed-by-one-phone",
        "with_a_phone_left",
        "services/do_not_call/suppressions.py",
        "if all(each in listed for each in of)",
        "if any(each in listed for each in of)",
    ),
    _edit(
        "pull-limit",
        "pass_the_users_limit",
        "storage/presence.py",
        '" AND pulls = :seen"',
        f'" AND (pulls = :seen{ALWAYS})"',
    ),
    _edit(
        "last-holder",
        "gets_another_before_it",
        "domain/pull_choice.py",
        "among = others or not_last or same",
        "among = same",
    ),
    _condition("suppressed", "suppressed_phone", "storage/calls.py", "OR suppressed_until <= :now"),
    _edit(
        "n-mod-size",
        "those_who_are_away",
        "domain/strategy_state.py",
        "cursor=(position + 1) % len(state.hour_counts)",
        "cursor=(state.cursor + 1) % len(state.hour_counts)",
    ),
    _edit(
        "owed-in-a-row",
        "at_least_half_of_their_share or every_second_lead",
        "domain/catch_up.py",
        "and at != held_off]",
        "]",
    ),
    _edit(
        "every-lead-makes-up",
        "at_least_half_of_their_share",
        "domain/catch_up.py",
        "if not state.is_make_up:",
        "if True:",
    ),
    _edit(
        "day-without-max",
        "clock_that_is_behind",
        "domain/strategy_state.py",
        "max(state.day, day_stamp(now, zone))",
        "day_stamp(now, zone)",
    ),
    _edit(
        "interval-without-max",
        "clock_that_is_behind",
        "domain/strategy_state.py",
        "max(state.interval, interval_stamp(reset_interval, starts_on, now, zone))",
        "interval_stamp(reset_interval, starts_on, now, zone)",
    ),
    _edit(
        "cached-company",
        "who_is_disabled",
        "storage/configuration.py",
        "or self._held.company.version < version",
        "or version < 0",
    ),
    _edit(
        "changes-with-a-gap",
        "earlier_release_saves",
        "storage/configuration.py",
        "if len(items) != version - seen:",
        "if version < seen:",
    ),
    _edit(
        "layout-unseen-when-behind",
        "newer_release_takes_over",
        "storage/configuration.py",
        "self._check_layout(self._table.get(keys.FORMAT))",
        "self._table.get(keys.FORMAT)",
    ),
    _edit(
        "cached-presence",
        "who_has_left",
        "services/push/route.py",
        "return company, state_by_id, presence",
        'return company, state_by_id, globals().setdefault("_cached", presence)',
    ),
    _condition("set-up-version", "two_who_set_up_at_once", "storage/configuration.py", "v = :seen"),
    _condition(
        "idempotency-key",
        "same_key",
        "storage/idempotency.py",
        "attribute_not_exists(PK) OR expires <= :now",
    ),
    _edit(
        "walk-over-with-word-left",
        "just_before_a_walk_is_over",
        "storage/walks.py",
        "(walk = :walk AND attribute_not_exists(again))",
        "walk = :walk",
    ),
    _edit(
        "word-left-for-nobody",
        "just_after_a_walk_was_over",
        "storage/walks.py",
        'condition="walk = :walk",\n        values={":true": True, ":walk": mark["walk"]},',
        'values={":true": True},',
    ),
    _edit(
        "two-walks-at-once",
        "two_who_ask_at_once",
        "storage/walks.py",
        '"attribute_not_exists(PK)", {}',
        f'"attribute_not_exists(PK){ALWAYS}", {{}}',
    ),
    _edit(
        "walk-after-its-successor",
        "waited_in_a_long_log",
        "services/jobs/walks.py",
        'mark is not None and "begun" not in mark',
        "True",
    ),
    _edit(
        "held-without-what-it-matches",
        "begins_to_want",
        "services/push/route.py",
        "signature(wanted.strategies)",
        "signature(())",
    ),
    _edit(
        "held-under-what-is-not-listed",
        "oldest_of_all_placeable",
        "services/core/signatures.py",
        "self._table.write(signatures.add(owner, name, strategies))",
        "pass",
    ),
    _edit(
        "walk-dropped-in-a-long-log",
        "waited_in_a_long_log",
        "services/jobs/walks.py",
        'mark is not None and "begun" not in mark',
        "False",
    ),
    _condition(
        "job-over-with-an-asking-left",
        "at_the_moment_a_job_ends",
        "storage/jobs.py",
        "worker = :worker AND wanted = :doing",
    ),
    _edit(
        "two-workers-at-once",
        "workers_at_once",
        "storage/jobs.py",
        'wanted = :wanted AND beat = :beat AND "\n        + (',
        f'wanted = :wanted{ALWAYS} OR "\n        + (',
    ),
    _edit(
        "a-dead-workers-progress",
        "taken_for_dead",
        "storage/jobs.py",
        'REMOVE taken_up",\n        condition="worker = :worker AND wanted = :wanted",',
        'REMOVE taken_up",\n        condition="(worker = :worker AND wanted = :wanted) OR attribute_exists(PK)",',
    ),
    _edit(
        "a-job-that-nobody-takes-up",
        "killed",
        "services/jobs/nudges.py",
        "if each.has_expired(now)",
        "if each.taken_up",
    ),
    _edit(
        "a-pull-that-files-all-anew",
        "many_leads_are_still_to_be_moved",
        "services/pull/pull.py",
        "isinstance(judged(after, front.user, front.company, front.reached, front.now), Lendable)",
        "after.id",
    ),
)


def _copy(tree: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, tree / name)
    for name in LENT:
        (tree / name).symlink_to(ROOT / name, target_is_directory=True)


def _run(tree: Path, command: Sequence[str]) -> tuple[int | None, str]:
    """Exit status and output of a command in the tree, whose layer it imports; None when it took too long."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree / "layers" / "routing"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ENGINE": "embedded",
    }
    try:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout + done.stderr


def _tests(tree: Path, mutant: Mutant | None) -> tuple[int | None, str]:
    some = ["-k", mutant.noticed_by] if mutant is not None else []
    return _run(tree, ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *some, *TESTS])


def _first_failure(output: str) -> str:
    line = next((each for each in output.splitlines() if each.startswith("FAILED ")), "")
    return line.partition("::")[2].split(" - ")[0].split("[")[0]


def try_out(mutant: Mutant | None) -> tuple[Outcome, str]:
    """Run the tests on a copy with this mutation, or with none; and which test noticed, or what went wrong."""
    with tempfile.TemporaryDirectory(prefix="lead-routing-mutant-") as scratch:
        tree = Path(scratch)
        _copy(tree)
        try:
            if mutant is not None:
                mutant.apply(tree)
        except LookupError as gone:
            return Outcome.UNTRIED, str(gone)
        _, imported = _run(tree, ["-c", "import routing; print(routing.__file__)"])
        if not imported.startswith(str(tree)):
            return Outcome.UNTRIED, f"the tests would import {imported.strip()}"
        status, output = _tests(tree, mutant)
    if status is None:
        return Outcome.KILLED, "never ended"
    if status == 0:
        return Outcome.SURVIVED, ""
    if status == 1:
        return Outcome.KILLED, _first_failure(output)
    return Outcome.UNTRIED, output[-500:]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutants that are named, or all; the exit status."""
    names = {mutant.name: mutant for mutant in MUTANTS}
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("name", nargs="*", choices=[[], *names], metavar="NAME", help="which to try (all)")
    parser.add_argument("--list", action="store_true", help="print the names")
    chosen = parser.parse_args(arguments)
    if chosen.list:
        print("\n".join(names))
        return 0
    outcome, detail = try_out(None)
    if outcome is not Outcome.SURVIVED:
        print(f"The tests fail on the tree as it is: {detail}", file=sys.stderr)
        return 2
    found: list[Outcome] = []
    for name in chosen.name or names:
        began = time.monotonic()
        outcome, detail = try_out(names[name])
        found.append(outcome)
        print(f"{name:28} {outcome.value:10} {time.monotonic() - began:5.1f} s  {detail}", flush=True)
    print(f"{found.count(Outcome.KILLED)} of {len(found)} killed")
    if Outcome.UNTRIED in found:
        return 2
    return 1 if Outcome.SURVIVED in found else 0


if __name__ == "__main__":
    sys.exit(main())
