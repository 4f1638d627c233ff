"""Words for the codes that facts carry, in Chinese and English (P8)."""

from collections.abc import Mapping

# Fields of facts whose values are codes; all others are texts that people wrote.
CODED = frozenset({"commodity", "channel", "category", "clock", "level", "step", "business_type"})

# For each code its word in zh-CN and in en.
_WORDS: Mapping[str, tuple[str, str]] = {
    "heat": ("供热", "heating"),
    "gas": ("燃气", "gas"),
    "power": ("供电", "electricity"),
    "hotline": ("热线", "the hotline"),
    "counter": ("营业厅", "the counter"),
    "web": ("网站", "the web site"),
    "wechat": ("微信", "WeChat"),
    "email": ("邮件", "e-mail"),
    "government_hotline": ("政府热线", "the government hotline"),
    "visit": ("上门", "a visit"),
    "sms": ("短信", "text message"),
    "app": ("手机应用", "the app"),
    "voice": ("语音电话", "voice call"),
    "letter": ("信函", "letter"),
    "link": ("自助链接", "the survey link"),
    "agent": ("人工回访", "an agent's call"),
    "no_heat": ("不热", "no heat"),
    "low_temperature": ("室温不达标", "room temperature below standard"),
    "leak": ("泄漏", "a leak"),
    "burst_main": ("主管爆裂", "a burst main"),
    "meter": ("计量表问题", "a meter problem"),
    "no_gas": ("无气", "no gas"),
    "outage": ("停供", "an outage"),
    "recovery": ("服务补救", "a bad experience"),
    "respond": ("响应", "response"),
    "dispatch": ("派工", "dispatch"),
    "arrive": ("到场", "arrival"),
    "restore": ("恢复", "restoration"),
    "call_back": ("回访", "call-back"),
    "crew_lead": ("班组长", "the crew lead"),
    "department": ("部门", "the department"),
    "company": ("公司", "the company"),
    "reminder": ("提醒", "reminder"),
    "urging": ("催办", "urging notice"),
    "criticism": ("通报批评", "criticism"),
}


def word(code: str, language: str) -> str:
    """What a code is called; a code without a word is shown as it is, with spaces."""
    chinese, english = _WORDS.get(code, (code.replace("_", " "),) * 2)
    return english if language == "en" else chinese
