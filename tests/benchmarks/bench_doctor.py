"""How the doctor does on healthy programs of many kinds, and on the same programs with a fault put in.

    python tests/benchmarks/bench_doctor.py                    # healthy programs: whom it warns of
    python tests/benchmarks/bench_doctor.py --inject           # faults put in: what it names first
    python tests/benchmarks/bench_doctor.py --check            # without doctor: whether the programs are healthy
    python tests/benchmarks/bench_doctor.py --alarms           # healthy programs; writes what the pages of the rules tell

A share of healthy programs is printed with its upper bound: the largest share at which so few alarms would still come in one
experiment of twenty. Seeds of one program are no independent programs, so the bound is made over programs. A fault that did
its program no harm (which still reached what its decorator asks for) is counted apart. KEEP_RUNS=FOLDER keeps each run there.
"""

import argparse
import json
import os
import random
from collections import Counter
from pathlib import Path

from doctored_runs import ORDER, run_all, work

LOUD = ("warning", "critical")
NOTHING = "(nothing)"


def arguments_of(command_line):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="programs, or modules of programs")
    parser.add_argument("--faults", nargs="+", metavar="NAME", help="faults to put in; with --inject")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="SEED")
    parser.add_argument("--jobs", type=int, default=1, help="processes at the same time")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write each row to this file as it comes, a line of JSON")
    parser.add_argument("--inject", action="store_true", help="put faults into the programs")
    parser.add_argument("--programs-per-fault", type=int, default=5, metavar="N", help="into how many each fault is put")
    parser.add_argument("--faults-per-program", type=int, metavar="N", help="instead: how many are put into each program")
    parser.add_argument("--picture", type=Path, metavar="SVG", help="draw the confusion matrix; with --inject")
    parser.add_argument("--check", action="store_true", help="train without a doctor and tell what is not healthy")
    parser.add_argument(
        "--alarms", action="store_true", help="write the alarms of this backend into keras_tips/records/alarms.json"
    )
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(command_line)


def chosen_programs(only):
    """Names of the programs asked for, of those that run on this backend."""
    import keras
    from healthy_programs import PROGRAMS

    known = set(PROGRAMS) | {program.kind for program in PROGRAMS.values()}
    unknown = set(only or ()) - known
    if unknown:
        raise SystemExit(f"Invalid --only. Expected names of programs or of their modules. Received: {sorted(unknown)}.")
    backend = keras.backend.backend()
    programs = [program for program in PROGRAMS.values() if backend in program.backends]
    return [program.name for program in programs if not only or {program.name, program.kind} & set(only)]


def told(row):
    return [finding for finding in row["findings"] or () if finding["severity"] in LOUD]


def upper_bound(found, of):
    """The one-sided 95 % bound of a share, by Clopper and Pearson (1934)."""
    from scipy.stats import beta

    return 1.0 if found >= of else float(beta.ppf(0.95, found + 1, of - found))


def last_values(row):
    return ", ".join(f"{name} {values[-1]:.3g}" for name, values in row["history"].items() if values)


# ------------------------------------------------------------------------------------------------- healthy programs


def report_healthy(row):
    """Prints a program's row where it is worth a look."""
    if row["error"]:
        print(f"ERROR     {row['program']} seed {row['seed']}: {row['error']}", flush=True)
    for finding in told(row):
        print(
            f"{finding['severity']:9} {row['program']} seed {row['seed']}: {finding['rule']}: {finding['message']}", flush=True
        )
    if told(row) or row["shortfalls"]:
        missed = f"; missed: {', '.join(row['shortfalls'])}" if row["shortfalls"] else ""
        print(f"{'':9} {last_values(row)}{missed}", flush=True)


def summarize_healthy(rows):
    programs = {row["program"] for row in rows}
    for severities, words in ((LOUD, "any warning or critical"), (("critical",), "a critical")):
        runs = [row for row in rows if any(finding["severity"] in severities for finding in told(row))]
        flagged = {row["program"] for row in runs}
        share, bound = len(flagged) / len(programs), upper_bound(len(flagged), len(programs))
        print(f"{words}: {len(runs)} of {len(rows)} runs; {len(flagged)} of {len(programs)} programs, ", end="")
        print(f"{100 * share:.1f} % (95 % upper bound {100 * bound:.1f} %)")
    rules = Counter(finding["rule"] for row in rows for finding in told(row))
    print("by rule: " + (", ".join(f"{rule} {count}" for rule, count in rules.most_common()) or "none"))
    infos = Counter(finding["rule"] for row in rows for finding in row["findings"] or () if finding["severity"] == "info")
    print("infos: " + (", ".join(f"{rule} {count}" for rule, count in infos.most_common()) or "none"))


def write_alarms(rows, backend):
    """Puts the alarms of this backend in the place of earlier ones: rule -> [runs with a remark, runs with a warning]."""
    from keras_tips.records import alarms

    told = Counter(
        (rule, loud) for row in rows for rule, loud in dict(map(rule_and_loud, reversed(row["findings"] or ()))).items()
    )
    table = {rule: [told[rule, False], told[rule, True]] for rule in sorted({rule for rule, _ in told})}
    measured = json.loads(alarms.FILE.read_text(encoding="utf-8"))["measured"] if alarms.FILE.exists() else {}
    measured = dict(sorted({**measured, backend: {"runs": len(rows), "alarms": table}}.items()))
    parts = ",\n".join(f'  "{name}": {json.dumps(part)}' for name, part in measured.items())
    alarms.FILE.write_text(f'{{\n "format": 1,\n "measured": {{\n{parts}\n }}\n}}\n', encoding="utf-8")


def rule_and_loud(finding):
    return finding["rule"], finding["severity"] in LOUD


# ------------------------------------------------------------------------------------------------ faults put in


def fault_batches(programs, faults, seeds, enough):
    """Per fault and seed, all programs in an order of chance that is the same each time."""
    for fault in faults:
        for seed in seeds:
            mixed = random.Random(f"{fault} {seed}").sample(programs, len(programs))
            yield [{**ORDER, "program": name, "seed": seed, "fault": fault} for name in mixed], enough


def program_batches(programs, faults, seeds, enough):
    """Per program and seed, all faults in an order of chance that is the same each time."""
    for program in programs:
        for seed in seeds:
            mixed = random.Random(f"{program} {seed}").sample(faults, len(faults))
            yield [{**ORDER, "program": program, "seed": seed, "fault": fault} for fault in mixed], enough


def first_rule(row):
    return told(row)[0]["rule"] if told(row) else NOTHING


def harmed(row):
    from injected_faults import FAULTS

    return bool(row["shortfalls"] or row["error"] or FAULTS[row["fault"]].silent)


def report_injected(row):
    harm = "harm" if harmed(row) else "    "
    names = " > ".join(finding["rule"] for finding in told(row)[:3]) or NOTHING
    print(f"{row['fault']:36} {harm} {row['program']:40} {names}{'  ' + row['error'] if row['error'] else ''}", flush=True)


def summarize_injected(rows, right_answers):
    print(f"\n{'fault':36} {'runs':>4} {'harm':>4} {'found':>5} {'first':>5} {'top 3':>5}   with harm: first findings")
    totals = Counter()
    for fault, answers in right_answers.items():
        mine = [row for row in rows if row["fault"] == fault]
        bad = [row for row in mine if harmed(row)]
        found, first = sum(bool(told(row)) for row in bad), sum(first_rule(row) in answers for row in bad)
        third = sum(any(finding["rule"] in answers for finding in told(row)[:3]) for row in bad)
        totals.update(runs=len(mine), harm=len(bad), found=found, first=first, third=third)
        firsts = ", ".join(f"{name} {count}" for name, count in Counter(map(first_rule, bad)).most_common())
        print(f"{fault:36} {len(mine):4} {len(bad):4} {found:5} {first:5} {third:5}   {firsts}")
    harm = max(1, totals["harm"])
    print(f"{'all':36} {totals['runs']:4} {totals['harm']:4} {totals['found']:5} {totals['first']:5} {totals['third']:5}")
    print(f"found {totals['found'] / harm:.0%}, named first {totals['first'] / harm:.0%}, top 3 {totals['third'] / harm:.0%}")


# --------------------------------------------------------------------------------------------------------- main


def kept(report, file):
    """A report that also writes rows down as they come: hours of runs are not lost."""

    def report_and_keep(row):
        report(row)
        if file:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")

    return report_and_keep


def healthy_main(arguments, programs, script):
    orders = [
        {**ORDER, "program": name, "seed": seed, "doctor": not arguments.check} for seed in arguments.seeds for name in programs
    ]
    rows = run_all(script, [([order], 1) for order in orders], arguments.jobs, kept(report_healthy, arguments.json))
    if not arguments.check:
        summarize_healthy(rows)
    if arguments.alarms:
        import keras

        write_alarms(rows, keras.backend.backend())
    print(f"errors: {sum(row['error'] is not None for row in rows)}; short of what is healthy: ", end="")
    print(f"{sum(bool(row['shortfalls']) for row in rows)} of {len(rows)} runs")


def injected_main(arguments, programs, script):
    from injected_faults import FAULTS

    names = arguments.faults or list(FAULTS)
    unknown = set(names) - set(FAULTS)
    if unknown:
        raise SystemExit(f"Invalid --faults. Expected some of {sorted(FAULTS)}. Received: {sorted(unknown)}.")
    answers = {name: FAULTS[name].ailments for name in names}
    if arguments.faults_per_program:
        batches = program_batches(programs, names, arguments.seeds, arguments.faults_per_program)
    else:
        batches = fault_batches(programs, names, arguments.seeds, arguments.programs_per_fault)
    rows = run_all(script, batches, arguments.jobs, kept(report_injected, arguments.json))
    summarize_injected(rows, answers)
    if arguments.picture:
        from confusion_picture import confusion_picture

        cells = Counter((row["fault"], first_rule(row)) for row in rows if harmed(row))
        arguments.picture.write_text(confusion_picture(cells, answers, NOTHING), encoding="utf-8")


def main(command_line=None):
    arguments = arguments_of(command_line)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if arguments.worker:
        return work()
    if arguments.json:
        arguments.json.write_text("", encoding="utf-8")
    carry_out = injected_main if arguments.inject else healthy_main
    return carry_out(arguments, chosen_programs(arguments.only), Path(__file__).resolve())


if __name__ == "__main__":
    main()
