"""What a search found, as one page of HTML that stands alone."""

from collections.abc import Sequence

from numpen.evaluation.page import Html, bar, document, element, joined, table, tiles
from numpen.training.search.charts import curves_chart, front_chart, settings_chart
from numpen.training.search.question import Question
from numpen.training.search.results import Results
from numpen.training.search.trial import BASE, Trial

HEADS = ["trial", "", "accuracy", "seconds", "parameters"]


def report(question: Question, results: Results) -> bytes:
    """The page. Raises OutputError without matplotlib."""
    names = question.space.names()
    sections = [_top(question, results)]
    if results.complete:
        sections += [
            element("h2", "Accuracy, and what it costs"),
            _columns([_front(question, results), _front_table(results)]),
            element("h2", "How it was found"),
            _columns([_curves(question, results), _importance(results)]),
            _titled("Every setting", SETTINGS, settings_chart(results, names), "h2"),
        ]
    sections += [_all(results, names), _chosen(question, results)]
    return document(f"A search of {question.space.name}", *sections)


SETTINGS = (
    "A line for each trial, from setting to setting to the rank of its accuracy, which is labelled with the accuracies "
    "at its ends: orange for the five best, pale for those that were pruned, dotted past a setting that the trial does "
    "not have. Words are in the order of the alphabet, and layers in that of their parameters."
)


def _top(question: Question, results: Results) -> Html:
    held_out = f"{question.held_out:,} held-out pictures of {question.dataset.source}, chosen by {question.by}"
    lead = f"{question.space.name}: {len(results.trials)} trials by {question.sampler}, seed {question.seed}, "
    best, base = results.best, results.base
    ends = {how: sum(each.standing == how for each in results.trials) for how in ("complete", "pruned", "failed")}
    facts = [("trials", f"{len(results.trials)}", ", ".join(f"{count} {how}" for how, count in ends.items()))]
    if best:
        facts.insert(0, ("best accuracy", _percent(best), f"trial {best.number}, {best.climb.seconds:.1f} s"))
    if base:
        facts.append((question.space.base.name, _percent(base), f"where it began, {base.climb.seconds:.1f} s"))
    spent = sum(trial.climb.seconds for trial in results.trials)
    facts.append(("training", f"{spent / 60:.1f} min", "of one thread, all trials together"))
    return joined(
        [
            element("h1", f"What a search of {question.space.name} found"),
            element("p", lead + held_out, class_="lead"),
            tiles(facts),
        ]
    )


def _front(question: Question, results: Results) -> Html:
    note = (
        "Each dot is a trial that came to its end. Nothing is both more accurate and cheaper than the orange line; "
        f"the ring is {question.space.base.name}."
    )
    return _titled("The front", note, front_chart(results))


def _front_table(results: Results) -> Html:
    base, better = results.base, results.best_at_cost
    note = "The trials on the orange line."
    if base:
        note += f" Trial {better.number} is better than" if better else " None is better than"
        note += f" trial {BASE}, where it began, at its cost."
    return _titled("In figures", note, table(HEADS, map(_row, results.front()), "wide"))


def _curves(question: Question, results: Results) -> Html:
    note = "The accuracy on held-out pictures. Orange: the five best. Pale: pruned"
    note += f", after {' or '.join(f'{100 * share:.0f} %' for share in question.rungs[:-1])} of their epochs."
    return _titled("Learning curves", note if len(question.rungs) > 1 else note + ".", curves_chart(results))


def _importance(results: Results) -> Html:
    found = results.importance()
    note = "How much a setting has to do with being among the best (PED-ANOVA). Behind the stroke: where it applies."
    if not found:
        return _titled("What matters", f"{note} It takes ten trials to tell.", Html(""))
    most = max(found.values())
    rows = [(_dial(name), bar(share / most, f"{100 * share:.1f} %")) for name, share in found.items()]
    return _titled("What matters", note, table(["setting", "share"], rows, "wide"))


def _dial(path: str) -> str:
    """The name of one of Optuna's parameters: the field, and where it applies."""
    where, _, name = path.rpartition("/")
    return f"{name} / {where}" if where else name


def _all(results: Results, names: Sequence[str]) -> Html:
    order = results.complete + [trial for trial in results.trials if trial.standing != "complete"]
    rows = [[*_row(each), *(str(each.proposal.values.get(name, "")) for name in names)] for each in order]
    note = "Those that came to their end first, by accuracy; of the others, how far they came."
    return _titled("All trials", note, table([*HEADS, *(name.replace("_", " ") for name in names)], rows), "h2")


def _row(trial: Trial) -> list[str]:
    if trial.standing == "failed":
        return [str(trial.number), element("td", "failed", title=trial.climb.trouble), "", "", ""]
    how = "base" if trial.number == BASE else trial.standing
    climb = trial.climb
    return [str(trial.number), how, _percent(trial), f"{climb.seconds:.1f}", f"{climb.parameters:,}"]


def _chosen(question: Question, results: Results) -> Html:
    trial = results.chosen
    if trial is None:
        return Html("")
    facts = question.recipe(trial.proposal.values).as_dict()
    rows = [(key, str(value)) for key, value in facts.items() if key not in ("name", "summary")]
    return _titled(f"The recipe of trial {trial.number}", "", table(["", ""], rows, "facts"), "h2")


def _percent(trial: Trial) -> str:
    return f"{100 * trial.accuracy:.2f} %"


def _titled(title: str, note: str, content: Html, heading: str = "h3") -> Html:
    words = [element("p", note, class_="note")] if note else []
    if heading == "h2":
        return joined([element("h2", title), element("div", *words, content, class_="card long")])
    return element("div", element("h3", title), *words, content, class_="card")


def _columns(cards: Sequence[Html]) -> Html:
    return element("div", *cards, class_="columns")
