"""How is a report shown in a terminal? Obligations, the matrix of hazards and strategies, and what stands behind it."""

from __future__ import annotations

from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from explore.check import LINKED, Report, Row, Verdict, Word, growing, limits, sentences
from explore.properties import HAZARD, OBLIGATION
from explore.search import KEEP_LENGTH, OBSTRUCTED
from strategies import DECISIONS

WIDE = 108
MOST_CUTS = 3
WORDS = {"uids": "UIDs", "mailboxes": "mailboxes", "uidvalidities": "UIDVALIDITYs"}
STYLES = {Word.HOLDS: "green", Word.BREAKS: "bold red", Word.UNREACHABLE: "dim", Word.UNDETERMINED: "yellow"}


def show_report(report: Report, console: Console) -> None:
    """Print the whole report."""
    verdicts = report.verdicts()
    obligations = [verdict for verdict in verdicts if verdict.property.kind == OBLIGATION]
    hazards = [verdict for verdict in verdicts if verdict.property.kind == HAZARD]
    if obligations:
        console.print(_obligations(report, obligations))
    if hazards and report.universe.size > 1:
        console.print(_matrix(report, hazards, wide=console.width >= WIDE))
    if hazards:
        _legend(report, hazards, console)
    console.print(_behind(report))


def _mark(word: Word) -> Text:
    return Text(word.mark, STYLES[word])


def remedy(report: Report) -> str | None:
    """What helps where a search was cut that would never have ended by itself; None if there was no such search."""
    cut = {row.scenario.name: growing(row.scenario) for row in _cut_rows(report)}
    endless = {name: more for name, more in cut.items() if more}
    if not endless or report.most_depth is not None:
        return None
    more = [words for what, words in WORDS.items() if any(what in kinds for kinds in endless.values())]
    line = "a header line 'Bound: 4 uids, 3 mailboxes' can end that, and " if more != [WORDS["uidvalidities"]] else ""
    depth = f"{line}--depth N looks at every run of up to N steps"
    return f"Ever more {' and '.join(more)} in {', '.join(endless)}: {depth}."


def _cut_rows(report: Report) -> list[Row]:
    return [row for row in report.rows if not row.complete and not row.bounded]


def _obligations(report: Report, verdicts: list[Verdict]) -> RenderableType:
    broken = [verdict for verdict in verdicts if verdict.word == Word.BREAKS]
    undetermined = [verdict for verdict in verdicts if verdict.word == Word.UNDETERMINED]
    untested = [verdict for verdict in verdicts if verdict.word == Word.UNREACHABLE]
    aside = f", {len(untested)} never came up" if untested else ""
    if broken:
        title = f"[bold red]Obligations: {len(broken)} of {len(verdicts)} violated[/]"
    elif undetermined:
        so_far = f"in runs of up to {report.most_depth} steps" if report.bounded else "so far"
        title = f"[bold yellow]Obligations: none violated {so_far}, {len(undetermined)} undetermined{aside}[/]"
    else:
        where = f" in every run of up to {report.most_depth} steps" if report.bounded else ""
        count = f"{len(verdicts) - len(untested)} of {len(verdicts)}" if untested else f"all {len(verdicts)}"
        title = f"[bold]Obligations: {count} hold{where}{aside}[/] (what a server owes, whatever it chooses)"
    cells = Columns([Text.assemble(_mark(verdict.word), f" {verdict.property.id}") for verdict in verdicts], padding=(0, 2))
    lines: list[RenderableType] = [title, Padding(cells, (0, 0, 0, 2))]
    lines += [Text(f"  – {verdict.property.id} {verdict.never()}", "dim") for verdict in untested]
    stopped = [verdict for verdict in undetermined if verdict.property.id in report.obstructed]
    lines += [Text(f"  ? {verdict.property.id} is undetermined: {OBSTRUCTED}", "yellow") for verdict in stopped]
    for verdict in broken:
        lines.append(f"  [bold red]✗[/] {verdict.property.id}: breaks {verdict.when}")
        if verdict.counterexample is not None:
            lines.append(Padding(Text(verdict.counterexample.text), (0, 0, 0, 4)))
    return Group(*lines, "")


def _codes(verdicts: list[Verdict]) -> dict[str, str]:
    """Two letters for each hazard, e.g. GR for H-GONE-BUT-READABLE, no two alike."""
    codes: dict[str, str] = {}
    for verdict in verdicts:
        words = [word for word in verdict.property.id.split("-")[1:] if word not in ("BUT", "OR")]
        pairs = [words[0][0] + rest for rest in "".join(words[1:]) + words[0][1:]]
        codes[verdict.property.id] = next(pair for pair in pairs if pair not in codes.values())
    return codes


def _matrix(report: Report, hazards: list[Verdict], wide: bool) -> RenderableType:
    """One row a strategy, one column a hazard; `wide`: with what each strategy does."""
    codes = _codes(hazards)
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("strategy", no_wrap=True)
    if wide:
        table.add_column("", no_wrap=True)
    for verdict in hazards:
        table.add_column(codes[verdict.property.id], justify="center", no_wrap=True)
    for strategies in report.universe.choices.values():
        for strategy in strategies:
            cells = [_mark(verdict.strategies[strategy.spelling]) for verdict in hazards]
            summary = [Text(f"{strategy.summary}  ", "dim")] if wide else []
            table.add_row(f"{strategy.spelling} ", *summary, *cells, end_section=strategy is strategies[-1])
    head = "[bold]Hazards × strategies[/]   [bold red]✗[/] to blame: choosing otherwise here can cure it, or nothing can"
    note = "                       [green]✓[/] not to blame   [dim]–[/] never came up"
    unsure = "; ".join([*map(str, report.unfinished), *(["the search was cut"] if report.cut else [])])
    unsure = "only whole runs can show it" if report.bounded else unsure
    stopped = report.obstructed & {verdict.property.id for verdict in hazards if verdict.holds is None}
    reasons = [*([] if report.complete else [unsure]), *([OBSTRUCTED] if stopped else [])]
    note += f"   [yellow]?[/] {escape('; '.join(reasons))}" if reasons else ""
    return Group(head, note, table)


def _legend(report: Report, hazards: list[Verdict], console: Console) -> None:
    """Each hazard in words, when it breaks, and the commands that explain it (on one line each, to be copied)."""
    codes = _codes(hazards)
    for verdict in hazards:
        prop = verdict.property
        words = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        words.add_column(no_wrap=True)
        words.add_column(overflow="fold")
        words.add_row(f"[bold]{codes[prop.id]}[/]", f"[bold]{prop.id}[/]  {escape(prop.statement)}")
        if verdict.word == Word.UNREACHABLE:
            words.add_row("", f"[dim]– {escape(verdict.never())}[/]")
        elif verdict.holds is None:
            words.add_row("", f"[yellow]undetermined: {escape(verdict.reason)}[/]")
        elif verdict.holds:
            words.add_row("", f"[green]{report.held}{',' if report.bounded else ''} within the bound below[/]")
        else:
            words.add_row("", f"[red]breaks[/] {escape(verdict.when)}")
        console.print(words)
        for command, blamed in report.commands(verdict).items() if verdict.holds is False else ():
            remark = f"   [dim]# {blamed}[/]" if blamed else ""
            console.print(f"      {escape(command)}{remark}", soft_wrap=True)
    console.print()


def _behind(report: Report) -> RenderableType:
    """The bound and how much was explored: a row a scenario, the manners of client taken together."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, title="What was explored", title_justify="left")
    table.add_column("scenario", no_wrap=True)
    for name in ("clients", "messages", "commands", "states", "steps", "depth", "interleavings", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for scenario in dict.fromkeys(row.scenario for row in report.rows):
        rows = [row for row in report.rows if row.scenario == scenario]
        bound = (str(scenario.bound[key]) for key in ("clients", "messages", "commands"))
        numbers = (sum(row.states for row in rows), sum(row.transitions for row in rows), max(row.depth for row in rows))
        seconds = f"{sum(row.seconds for row in rows):.1f}"
        table.add_row(Text(scenario.name), *bound, *(f"{number:,}" for number in numbers), _runs(rows), seconds)
    never = [f"Never exercised: {what} {', '.join(names)}." for what, names in report.never_exercised.items() if names]
    cut = [Text(_cut(report), "yellow")] if report.cut else []
    cut += [Text(f"{client}: --client-commands N looks further.", "yellow") for client in report.unfinished]
    lines = [*([_bound(report)] if report.rows else []), _explored(report), _reductions(report), *never]
    return Group(table, *map(Text, lines), *cut)


def _explored(report: Report) -> str:
    """How much was explored, and what it took."""
    plain = report.as_json()
    bounded = any(row.bounded for row in report.rows)
    uncounted = any(row.uncounted for row in report.rows)
    number = f"{'more than ' if uncounted else ''}{plain['interleavings']:,}"
    number = "an uncounted number of" if uncounted and not plain["interleavings"] else number
    runs = f"{number} {'' if bounded or report.unfinished else 'full '}interleavings"
    runs += f" of up to {report.most_depth} steps" if bounded else ""
    runs += " and some without end" if plain["endless"] else ""
    several = report.processes > 1
    took = f"{report.elapsed:.0f} s by {report.processes} processes ({plain['seconds']:.0f} s of work)"
    took = took if several else f"{plain['seconds']:.0f} s"
    most = f", {'each ' if several else ''}with up to {report.memory / 1e6:,.0f} MB of memory" if report.memory else ""
    return f"Explored: {plain['states']:,} states, {plain['transitions']:,} steps, {runs}, in {took}{most}."


def _reductions(report: Report) -> str:
    """Which reductions were on, and in which scenarios they were not."""
    names = sorted(frozenset().union(*(row.reductions for row in report.rows)))
    without = {
        name: dict.fromkeys(row.scenario.name for row in report.rows if name not in row.reductions | LINKED)
        for name in names
    }
    listed = [f"{name} (not in {', '.join(spared)})" if spared else name for name, spared in without.items()]
    return f"Reductions: {', '.join(listed) or 'none'}."


def _runs(rows: list[Row]) -> str:
    """How many full interleavings, as a cell."""
    if any(row.unfinished for row in rows):
        return "cut"
    if any(row.interleavings is None for row in rows):
        if any(row.uncounted for row in rows):
            return "not counted"
        return "without end" if all(row.complete for row in rows) else "cut"
    return f"{sum(row.interleavings or 0 for row in rows):,}"


def _bound(report: Report) -> str:
    """The bound; where a scenario leaves out steps beyond one of its own, that too."""
    bounds = report.bound
    said = sentences(report.rows)
    own = []
    for scenario in dict.fromkeys(row.scenario for row in report.rows):
        most, lacking = limits(scenario), said.get(scenario.name, ())
        if most is not None:
            length = "programs of any length, with " if scenario.endless else ""
            own.append(f"\n  {scenario.name}: {'; '.join([length + most, *lacking])}.")
    if report.bounded:
        depth, longer = report.most_depth, {row.scenario.name for row in report.rows if not row.complete}
        scenarios = {row.scenario.name for row in report.rows}
        own.append(f"\n  Of runs that are longer, the first {depth} steps: in {len(longer)} of {len(scenarios)} scenarios.")
    return (
        f"Bound: up to {bounds['clients']} clients ({report.who}), {bounds['messages']} messages, "
        f"{bounds['commands']} commands; {bounds['profiles']:,} profile{'s at once' if bounds['profiles'] > 1 else ''}."
    ) + "".join(own)


def _cut(report: Report) -> str:
    """Where the search was cut, and what that means."""
    cut = _cut_rows(report)
    where = [f"{row.scenario.name} ({row.manner}) at {row.states:,} states, depth {row.depth}" for row in cut[:MOST_CUTS]]
    more = [f"{len(cut) - MOST_CUTS} more"] if len(cut) > MOST_CUTS else []
    untried = [f"{report.untried} of {report.untried + len(report.rows)} searches not begun"] if report.untried else []
    places = "; ".join(where + more + untried)
    level = all(row.reductions <= KEEP_LENGTH for row in cut)
    depth = " Every run of up to that depth was explored." if cut and level else ""
    hint = remedy(report)
    hint = "" if hint is None else f"\n{hint}"
    return f"The search was cut: {places}.{depth} What it found is so; the rest is undetermined.{hint}"


def strategy_table() -> Table:
    """Every decision and the strategies for it, with what each does and where it is allowed."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("spelling", "what the server does", "source", ""):
        table.add_column(heading, no_wrap=True)
    for choices in DECISIONS.values():
        for strategy in choices:
            note = "default" if strategy is choices[0] else "" if strategy.listed else "not listed by an RFC"
            last = strategy is choices[-1]
            table.add_row(strategy.spelling, strategy.summary, strategy.source, note, end_section=last)
    return table
