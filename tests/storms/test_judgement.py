"""A row or a rule of the judgement of scripts that is taken away is noticed by the corpus."""

from storms.scripts import rows

from storms import judgement


def test_rows_of_the_tables_that_are_taken_away_are_noticed():
    """Some of them; ``python -m storms judgement`` tries more, and the rules too."""
    tables = [mutant for mutant in judgement.sample(4, 200) if ".programs." in mutant.module]
    assert judgement.survivors(tables[:3]) == []


def test_what_only_the_corpus_or_only_the_input_of_a_program_shows_is_noticed():
    """What was said of them before the change is forgotten."""
    named = {"tables.BASH_ONLY without mapfile", "programs.interpreters.ROWS without alone of bun"}
    mutants = [mutant for mutant in judgement.all_mutants() if str(mutant) in named]
    assert len(mutants) == len(named)
    line = next(line for line in rows.PATH.read_text().splitlines() if line.startswith("bun\t"))
    assert rows.again(line) == line
    assert judgement.survivors(mutants) == []


def test_every_kind_of_row_and_rule_is_found():
    found = judgement.all_mutants()
    modules = {mutant.module.removeprefix(f"{judgement.PACKAGE}.") for mutant in found}
    assert {"tables", "contexts", "dataflow", "safety", "parsers", "programs.git"} <= modules
    assert len(found) > 1000
