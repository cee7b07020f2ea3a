from __future__ import annotations

import pytest

from cli import provision
from cli.provisioning import read_file

pytestmark = pytest.mark.rule("LINE-6")

HEADER = "contract_number,number,features\r\n"
EXAMPLE = (
    HEADER
    + "0300001111,0300001111,call_notification\r\n"
    + "0300001111,0300002222,call_notification fax_notification\r\n"
)
EXAMPLE_LINE = {
    "0300001111": {"0300001111": ["call_notification"], "0300002222": ["call_notification", "fax_notification"]}
}


@pytest.fixture
def csv_file(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "lines.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_is_applied_and_the_same_file_again_changes_nothing(hikari, site, csv_file, encoding):
    path = csv_file(EXAMPLE, encoding)
    first = hikari("provision", path)
    assert (first.exit_code, site.lines) == (0, EXAMPLE_LINE)
    assert first.stdout == "lines: 1 applied, 0 refused\nnumbers: 2 added, 0 changed, 0 unchanged, 0 refused\n"
    second = hikari("provision", path)
    assert (second.exit_code, site.lines) == (0, EXAMPLE_LINE)
    assert "numbers: 0 added, 0 changed, 2 unchanged, 0 refused" in second.stdout


def test_numbers_may_be_spelt_as_people_spell_them_and_rows_be_blank(hikari, site, csv_file):
    text = (
        HEADER
        + "\r\n０３-００００-１１１１,+81 3 0000 1111,\r\n,,\r\n03-0000-1111,03(0000)2222,fault_notification\r\n\r\n"
    )
    assert hikari("provision", csv_file(text)).exit_code == 0
    assert site.lines == {"0300001111": {"0300001111": [], "0300002222": ["fault_notification"]}}


@pytest.mark.rule("LINE-9")
def test_a_line_whose_rows_are_scattered_over_the_file_is_sent_once_and_whole(csv_file, tmp_path):
    text = HEADER + "0300001111,0300001111,\n0400001111,0400001111,\n0300001111,0300002222,\n"
    with read_file(tmp_path / csv_file(text)) as file:
        lines = [(line.contract_number, [given.number for given in line.numbers]) for line in file.lines()]
    assert lines == [("0300001111", ["0300001111", "0300002222"]), ("0400001111", ["0400001111"])]


@pytest.mark.rule("LINE-9")
def test_a_line_with_a_faulty_row_is_left_out_whole_and_the_others_are_applied(hikari, site, csv_file):
    text = EXAMPLE + "0400001111,0400001111,\n0400001111,0400002222,telepathy\n"
    done = hikari("provision", csv_file(text))
    assert done.exit_code == 1
    assert site.lines == EXAMPLE_LINE
    assert "row 5, features, 'telepathy': no such feature; known are call_notification" in done.stderr
    assert "lines: 1 applied, 1 refused" in done.stdout
    assert "2 added, 0 changed, 0 unchanged, 2 refused" in done.stdout


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("12,0400001111,", "row 2, contract_number, '12': a phone number has 10 or 11 digits"),
        ("0400001111,hello,", "row 2, number, 'hello': a phone number has 10 or 11 digits"),
        ("0400001111,400001111,", "row 2, number, '400001111': the leading 0 is missing"),
        ("0400001111,0400001111", "row 2, columns, '0400001111,0400001111': give 3 columns"),
        ("0400001111,0400001111,,x", "row 2, columns, '0400001111,0400001111,,x': give 3 columns"),
        ("0400001111,0400001111,fax", "row 2, features, 'fax': no such feature"),
    ],
)
def test_every_fault_names_row_column_value_and_remedy(hikari, site, csv_file, row, told):
    done = hikari("provision", csv_file(f"{HEADER}{row}\n"))
    assert (done.exit_code, site.lines) == (1, {})
    assert told in done.stderr
    assert "lines: 0 applied, 1 refused" in done.stdout


def test_all_faults_are_told_in_one_go(hikari, csv_file):
    done = hikari("provision", csv_file(HEADER + "1,2,a b\n0300001111,0300001111,c\n"))
    assert [fault.split(":")[0] for fault in done.stderr.splitlines()] == [
        "row 2, contract_number, '1'",
        "row 2, number, '2'",
        "row 2, features, 'a'",
        "row 2, features, 'b'",
        "row 3, features, 'c'",
    ]
    assert "lines: 0 applied, 2 refused" in done.stdout


def test_a_number_in_two_rows_leaves_out_every_line_that_claims_it(hikari, site, csv_file):
    text = HEADER + "0300001111,0300009999,\n0400001111,0300009999,\n0500001111,0500001111,\n"
    done = hikari("provision", csv_file(text))
    assert done.exit_code == 1
    assert list(site.lines) == ["0500001111"]
    assert "row 2, number, '0300009999': stands in row 3 too" in done.stderr
    assert "row 3, number, '0300009999': stands in row 2 too" in done.stderr


def test_a_contract_number_without_its_0_leaves_out_the_line_that_it_must_have_meant(hikari, site, csv_file):
    done = hikari("provision", csv_file(EXAMPLE + "300001111,0300003333,\n"))
    assert (done.exit_code, site.lines) == (1, {})
    assert "write 0300001111" in done.stderr
    assert "lines: 0 applied, 1 refused" in done.stdout


def test_rows_are_counted_as_a_spreadsheet_counts_them(hikari, csv_file):
    text = HEADER + '0300001111,0300001111,"call_notification\nfax_notification"\n\n0300001111,wrong,\n'
    assert "row 4, number, 'wrong'" in hikari("provision", csv_file(text)).stderr


@pytest.mark.parametrize("picky", [False, True])
def test_what_the_site_refuses_is_told_with_its_rows(hikari, site, csv_file, picky):
    site.picky = picky  # then it reads none of the lines because of one, and the others go alone
    site.refuse["0300001111"] = {"error": "a number is another line's", "faults": [["0300002222", "belongs to 03..."]]}
    done = hikari("provision", csv_file(EXAMPLE + "0400001111,0400001111,\n"))
    assert done.exit_code == 1
    assert list(site.lines) == ["0400001111"]
    told = "a number is another line's" if picky else "nothing of this line was changed"
    assert f"line 0300001111 was refused: {told}\n  row 3, 0300002222: belongs to" in done.stderr
    assert "lines: 1 applied, 1 refused" in done.stdout
    assert "1 added, 0 changed, 0 unchanged, 2 refused" in done.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "row 1 must be the header contract_number,number,features, not empty"),
        (b"number\n0300001111\n", "row 1 must be the header"),
        ("契約番号,電話番号,サービス\n".encode("cp932"), "is not UTF-8"),
        (HEADER.encode() + b'0300001111,"0300001111\n', "is no CSV file"),
    ],
)
def test_what_is_no_such_file_is_refused_before_anything_is_sent(hikari, site, tmp_path, content, told):
    (tmp_path / "lines.csv").write_bytes(content)
    done = hikari("provision", "lines.csv")
    assert (done.exit_code, site.lines) == (1, {})
    assert told in done.stderr


def test_a_file_that_is_not_there_is_said_so(hikari):
    done = hikari("provision", "nothing.csv")
    assert (done.exit_code, done.stderr) == (2, "hikari: nothing.csv cannot be read: No such file or directory\n")


def test_a_busy_site_is_waited_for(hikari, site, csv_file):
    site.busy = 2
    assert hikari("provision", csv_file(EXAMPLE)).exit_code == 0
    assert site.lines == EXAMPLE_LINE


def test_when_the_site_breaks_down_the_summary_says_how_far_it_came(hikari, site, csv_file, monkeypatch):
    monkeypatch.setattr(provision, "NUMBERS_AT_ONCE", 2)
    site.breaks_after = 1
    done = hikari("provision", csv_file(EXAMPLE + "0400001111,0400001111,\n"))
    assert done.exit_code == 3
    assert "answered 500" in done.stderr
    assert "lines: 1 applied" in done.stderr
    assert "may be given again" in done.stderr


def test_small_lines_go_together_and_a_large_one_alone(hikari, site, csv_file, monkeypatch):
    monkeypatch.setattr(provision, "NUMBERS_AT_ONCE", 3)
    small = "".join(f"030000{count}111,030000{count}111,\n" for count in range(7))
    large = "".join(f"0400001111,040000{count}111,\n" for count in range(1, 5))
    done = hikari("provision", csv_file(HEADER + small + large))
    assert site.batches == [3, 3]  # the seventh of the small ones and the large one went alone
    assert len(site.lines) == 8
    assert "lines: 8 applied, 0 refused\nnumbers: 11 added" in done.stdout


@pytest.mark.rule("LINE-7")
def test_a_line_of_ten_thousand_numbers_goes_in_one_request(hikari, site, csv_file):
    rows = "".join(f"0311110000,03{22220000 + count},call_notification\n" for count in range(10_000))
    done = hikari("provision", csv_file(HEADER + rows))
    assert done.exit_code == 0
    assert "numbers: 10000 added" in done.stdout
    assert len(site.lines["0311110000"]) == 10_000


def test_progress_is_told_in_plain_lines_where_there_is_no_terminal(hikari, csv_file):
    rows = "".join(f"03{11110000 + count},03{11110000 + count},\n" for count in range(200))
    told = hikari("provision", csv_file(HEADER + rows)).stderr.splitlines()
    assert told == [f"{done} of 200 lines" for done in range(20, 201, 20)]
