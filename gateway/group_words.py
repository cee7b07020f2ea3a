"""一括転送機能 in words: states, causes, and what to do about each fault (FEAT-4)."""

from __future__ import annotations

from contracts.settings.bulk_forwarding import GroupCause, GroupChange, GroupFault, GroupRules, GroupState, MemberFault
from gateway.settings_words import NONE, TARGET_FAULTS
from gateway.words import phone

TOO_LONG_TO_SHOW = (
    "入力した「転送する電話番号と転送先」は長いため、もう一度表示できません。行の番号は、入力した内容の行です。"
    "手元の内容を直して入力し直すか、CSVファイルで入力してください。"
)
STATES = {
    GroupState.STOPPED: "停止中",
    GroupState.STARTING: "開始処理中",
    GroupState.RUNNING: "転送中",
    GroupState.PARTLY_FAILED: "一部失敗",
}
STARTED_BY = {
    GroupCause.SUBSCRIBER: "画面の操作で開始しました",
    GroupCause.FAULT: "故障のため自動で開始しました",
}
STOPPED_BY = {
    GroupCause.SUBSCRIBER: "画面の操作で停止しました",
    GroupCause.RECOVERY: "故障の回復のため自動で停止しました",
}
FAULTS = {
    GroupFault.NO_NAME: "グループの名前を入力してください。",
    GroupFault.LONG_NAME: "グループの名前が長すぎます。40文字以下にしてください。",
    GroupFault.NAME_TAKEN: "同じ名前のグループがあります。別の名前にしてください。",
    GroupFault.TOO_MANY_GROUPS: "グループの数が上限に達しています。使わないグループを削除してから作成してください。",
    GroupFault.TOO_MANY_NUMBERS: "電話番号が多すぎます。グループを分けてください。",
    GroupFault.NO_NUMBERS: "電話番号が1つもありません。編集して電話番号と転送先を入力してください。",
}
MEMBER_FAULTS = {
    MemberFault.NOT_ON_LINE: (
        "この回線で一括転送機能を契約している電話番号ではありません。先頭の0が消えていないか、確かめてください。"
    ),
    MemberFault.NUMBER_TWICE: "同じ電話番号が前の行にもあります。どちらかを消してください。",
    MemberFault.NO_TARGET: "転送先がありません。電話番号のあとに、カンマで区切って入力してください。",
    MemberFault.IN_ANOTHER_GROUP: "ほかのグループで転送しています。転送先を変えるには、先にそのグループを停止してください。",
    **{MemberFault(fault.value): words for fault, words in TARGET_FAULTS.items()},
}


def automatic(on: bool) -> str:
    """As the pages say it."""
    return "故障のときに自動で開始する" if on else "自動では開始しない"


def saved(rules: GroupRules) -> str:
    """What was done, and what it still takes to forward."""
    if not rules.members:
        return f"「{rules.name}」を保存しました。転送するには、電話番号と転送先を追加してください。"
    return (
        f"「{rules.name}」を保存しました（電話番号 {len(rules.members)}件）。"
        "転送は、「開始する」を押すまで始まりません。" + ("故障のときは自動で始まります。" if rules.automatic else "")
    )


def happened(change: GroupChange) -> list[str]:
    """One entry of the history, in sentences."""
    if change.started and change.cause:
        failed = f"、{change.failed}件は転送できませんでした" if change.failed else ""
        return [f"{STARTED_BY[change.cause]}。{change.forwarding}件を転送し{'' if failed else 'ました'}{failed}。"]
    if change.stopped and change.cause:
        return [f"{STOPPED_BY[change.cause]}。{change.forwarding}件の転送を止めました。"]
    if change.new is None:
        return []
    if change.old is None:
        return [f"グループを作成しました（電話番号 {len(change.new.members)}件）。"]
    return _differences(change.old, change.new)


def _differences(old: GroupRules, new: GroupRules) -> list[str]:
    said = []
    if old.name != new.name:
        said.append(f"名前：{old.name} → {new.name}")
    if old.automatic != new.automatic:
        said.append(f"自動開始：{automatic(old.automatic)} → {automatic(new.automatic)}")
    before = {one.number: one.target for one in old.members}
    after = {one.number: one.target for one in new.members}
    for number in dict.fromkeys((*before, *after)):
        was, now = before.get(number), after.get(number)
        if was != now:
            said.append(f"{phone(number)}：{phone(was) if was else NONE} → {phone(now) if now else NONE}")
    return said or ["電話番号の並び順を変えました。"]
