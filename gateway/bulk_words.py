"""What is said of files: their columns, and of every fault what to do about it (BULK-6)."""

from __future__ import annotations

from contracts.bulk.faults import Correction, Problem, RowFault
from contracts.bulk.kinds import COLUMNS as ORDER
from contracts.bulk.kinds import MOST_ROWS, BulkKind, Column, UploadState, Withdrawal
from contracts.settings.common import TargetFault
from gateway.settings_words import TARGET_FAULTS
from gateway.words import phone

COLUMNS = {
    Column.NUMBER: "電話番号",
    Column.NEW_PASSWORD: "新規パスワード",
    Column.PRESENT_PASSWORD: "現在のパスワード",
    Column.OTP_USE: "二段階認証利用設定",
    Column.OTP_ADDRESS: "受信用メールアドレス",
    Column.CONFIRMATION_ID: "確認用ID",
    Column.CONFIRMATION_PASSWORD: "確認用パスワード",
    Column.TARGET: "転送先",
}

KINDS = {
    BulkKind.PASSWORDS: "パスワード一括変更",
    BulkKind.UNIT: "認証単位変更 一括設定",
    BulkKind.OTP: "ワンタイムパスワード各種一括設定",
    BulkKind.FORWARDING: "一括転送機能のグループ",
}
"""What a file of each kind is for."""
FILE_NAMES = {
    BulkKind.PASSWORDS: "password",
    BulkKind.UNIT: "unit",
    BulkKind.OTP: "otp",
    BulkKind.FORWARDING: "forwarding-group",
}

STATES = {
    UploadState.CHECKING: "内容の確認中",
    UploadState.REJECTED: "直すところがあり、設定していません",
    UploadState.READY: "確認待ちで、まだ設定していません",
    UploadState.WORKING: "設定中",
    UploadState.COMPLETED: "設定しました",
    UploadState.FAILED: "設定できませんでした",
    UploadState.WITHDRAWN: "中止しました",
}

WITHDRAWALS = {
    Withdrawal.CANCELLED: "中止したため",
    Withdrawal.REPLACED: "別のファイルが送信されたため",
    Withdrawal.EXPIRED: "送信から1時間が過ぎたため",
    Withdrawal.SESSION_OVER: "内容の確認が終わる前にログインが終わったため",
    Withdrawal.OUTDATED: "内容の確認が終わる前にサイトが更新されたため",
}

PROBLEMS = {
    Problem.EMPTY_FILE: "ファイルに設定の行がありません。電話番号の行を入力して、もう一度お試しください。",
    Problem.TOO_LARGE: "ファイルが2MBを超えています。要らない行や列を削除するか、ファイルを分けてください。",
    Problem.TOO_MANY_ROWS: f"行が{MOST_ROWS:,}行を超えています。ファイルを分けてください。",
    Problem.EXCEL_BOOK: "Excelブックのままです。Excelの「名前を付けて保存」で「CSV UTF-8（コンマ区切り）」を選んで保存してください。",
    Problem.TOO_MANY_FILES: "24時間のうちに確かめられるファイルの数を超えました。パスワードを守るための制限です。時間をおいて、もう一度送ってください。",
    Problem.UNDECODABLE: "読み取れない文字があります。UTF-8でもShift_JISでもないか、文字だけのファイルではありません。文字コードをUTF-8かShift_JISにして、CSVファイルとして保存し直してください。",
    Problem.NOT_CSV: 'CSVとして読み取れません。引用符（"）の対応を確かめ、CSVファイルとして保存し直してください。',
    Problem.TABS: "列がタブで区切られています。コンマ（,）で区切り、CSVファイルとして保存し直してください。",
    Problem.BLANK_ROW: "途中に空の行があります。行を削除するか、設定を入力してください。",
    Problem.MISSING_COLUMN: "列が足りません。{columns}の順に、コンマ（,）で区切って入力してください。",
    Problem.SURPLUS_COLUMN: "列が多すぎます。{columns}だけにしてください。",
    Problem.EMPTY_CELL: "何も入力されていません。この列の値を入力してください。",
    Problem.NOT_A_NUMBER: "電話番号の形になっていません。0で始まる10桁または11桁の数字で入力してください。",
    Problem.ROUNDED_NUMBER: "表計算ソフトが電話番号を指数に変えています。列の書式を「文字列」にして、電話番号を入力し直してください。",
    Problem.UNKNOWN_NUMBER: "この回線の電話番号ではありません。番号を確かめるか、行を削除してください。",
    Problem.NUMBER_TWICE: "同じ電話番号が{other}行目にもあります。どちらかの行を削除してください。",
    Problem.WITHOUT_LOGIN: "付加サービスの契約がなく、ログインできない電話番号です。行を削除してください。",
    Problem.LOCKED: "パスワードの間違いが続いて無効になっています。電話で仮パスワードを設定するか、行を削除してください。",
    Problem.NUMBER_MISSING: "この電話番号の行がありません。行を加えて、現在のパスワードを入力してください。",
    Problem.PASSWORD_LENGTH: "8文字以上12文字以下にしてください。",
    Problem.PASSWORD_CHARACTERS: "半角の英字と数字のほかの文字があります。全角の文字は半角にし、空白や記号は取り除いてください。",
    Problem.PASSWORD_NO_LETTER: "英字を1文字以上入れてください。",
    Problem.PASSWORD_NO_DIGIT: "数字を1文字以上入れてください。",
    Problem.PASSWORD_SAME_AS_PRESENT: "現在のパスワードと同じです。別のものにしてください。",
    Problem.PASSWORD_REPEATED: "同じ文字が4文字以上続いています。別の並びにしてください。",
    Problem.PASSWORD_SEQUENCE: "1234やdcbaのような順に並ぶ文字が4文字以上あります。別の並びにしてください。",
    Problem.PASSWORD_CONTAINS_NUMBER: "電話番号が含まれています。電話番号を使わないものにしてください。",
    Problem.PASSWORD_NEEDED: "*印にできない電話番号です。いまお使いのパスワードを入力してください。",
    Problem.LINE_BLOCKED: "パスワードを設定し直す必要のある電話番号が、この回線にあります。電話で仮パスワードを設定し、ログインしてパスワードを変更してから、もう一度お試しください。",
    Problem.WRONG_PASSWORD: "パスワードが違います。その電話番号でいまお使いのパスワードを入力してください。",
    Problem.BAD_USE: "0（利用なし）か1（利用あり）を入力してください。何も変えない電話番号は、この行の項目をすべて空にしてください。",
    Problem.BAD_ADDRESS: "メールアドレスの形になっていません。入力し直してください。",
    Problem.BAD_CONFIRMATION_ID: "8文字以上12文字以下の半角英数字で入力してください。数字だけのものは使えません。",
    Problem.NEEDED_TO_REGISTER: "まだ登録がない電話番号です。入力してください。",
    Problem.NOT_CONTRACTED: "一括転送機能の契約がない電話番号です。番号を確かめるか、行を削除してください。",
    Problem.TOO_MANY_FOR_GROUP: "1つのグループに入れられる電話番号の数を超えています。グループを分けてください。",
    **{Problem(f"target_{fault}"): words for fault, words in TARGET_FAULTS.items() if fault is not TargetFault.LOOP},
    Problem.TARGET_LOOP: "{other}行目の電話番号への転送です。その先の転送で、電話がこの行の電話番号に戻ってきます。戻ってこないように、どれかの行を別の転送先にしてください。",
    Problem.GROUP_IS_ON: "このグループは転送しているため、変更できません。停止してから、もう一度ファイルを送ってください。",
    Problem.GROUP_MOVED: "ファイルを選んだあとに、このグループの内容が別の操作で変わりました。いまの内容を確かめ、もう一度ファイルを送ってください。",
    Problem.GROUP_GONE: "このグループは、もうありません。グループの一覧から選び直してください。",
    Problem.LEFT_MEANWHILE: "ファイルを確認したあとに、回線から外れたか、一括転送機能の契約がなくなりました。行を削除して、もう一度ファイルを送ってください。",
    Problem.MOVED_MEANWHILE: "ファイルを確認したあとに、別の方法でパスワードが設定されたか、無効になったか、回線から外れました。電話番号を確かめ、ファイルを送り直してください。",
    Problem.UNIT_MOVED_MEANWHILE: "ファイルを確認したあとに、回線の認証単位が変わりました。いまの認証単位を確かめ、ファイルを送り直してください。",
    Problem.NOT_WORKABLE: "こちらの不具合のため、処理を終えられませんでした。しばらくしてから、同じファイルをもう一度送ってください。",
}  # fmt: skip


OF_KIND = {
    (BulkKind.UNIT, Problem.MOVED_MEANWHILE): "ファイルを確認したあとに、パスワードが設定されたか、無効になったか、回線の電話番号が増減しました。電話番号を確かめ、ファイルをダウンロードし直して送ってください。",
    (BulkKind.OTP, Problem.MOVED_MEANWHILE): "ファイルを確認したあとに、ワンタイムパスワードの設定が別の方法で変わったか、回線から外れました。電話番号を確かめ、ファイルを送り直してください。",
}  # fmt: skip
"""What of one kind something else than `PROBLEMS` is to be said of."""
NAMED_BY_US = frozenset({Problem.NUMBER_MISSING, Problem.MOVED_MEANWHILE, Problem.LEFT_MEANWHILE})


def sentence(fault: RowFault, kind: BulkKind) -> str:
    """What is wrong and what to do."""
    columns = "、".join(COLUMNS[column] for column in ORDER[kind])
    words = OF_KIND.get((kind, fault.problem)) or PROBLEMS[fault.problem]
    return words.format(columns=columns, other=fault.other_row)


def column(fault: RowFault) -> str:
    """The column's title; nothing where the fault is not of one."""
    return COLUMNS[fault.column] if fault.column else ""


def corrected(correction: Correction) -> tuple[str, str, str, str]:
    """Row, column, what stands there, and what it is taken for (BULK-7)."""
    return str(correction.row), COLUMNS[correction.column], correction.typed, phone(correction.number)


def value(fault: RowFault) -> str:
    """What stands there, as it was typed; a number that is named by us with its hyphens."""
    if fault.value and fault.problem in NAMED_BY_US:
        return phone(fault.value)
    return fault.value or ""
