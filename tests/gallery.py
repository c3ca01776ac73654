"""A page with every part of the interface, filled with invented content: what the look and axe tests open."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.contrib import messages
from django.shortcuts import render
from django.urls import path

from common.clock import CHINA

SETTLEMENTS = [
    ("蟠桃街道平洞社区", "特大型", 10846, 2387, 2301, 0.9640),
    ("王母街道兴旺社区", "大型", 6120, 1402, 1340, 0.9558),
    ("平洞街道洛朗社区", "大型", 4873, 1101, 1049, 0.9528),
    ("乐元镇纳林新村", "中型", 1975, 446, 420, 0.9417),
    ("昂武镇新寨安置点", "小微型", 612, 140, 127, 0.9071),
    ("油迈乡集镇安置点", "小微型", 388, 91, 84, 0.9231),
]
PEOPLE = [
    ("韦国强", "stable"),
    ("罗秀珍", "expiring"),
    ("黄大文", "zero"),
    ("岑小兰", "employed"),
    ("王明贵", "no_labour"),
    ("陆正芳", "zero"),
]
VERDICTS = {
    "stable": ("稳定就业", "good"),
    "expiring": ("就业即将到期", "warn"),
    "zero": ("零就业", "bad"),
    "employed": ("已就业未满稳定期", "info"),
    "no_labour": ("无劳动力", "neutral"),
}


class HouseholdForm(forms.Form):
    head_name = forms.CharField(label="户主姓名", max_length=40)
    id_number = forms.CharField(label="身份证号", help_text="18 位；出生日期和性别由此得出")
    phone = forms.CharField(label="联系电话", required=False, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    origin = forms.CharField(label="迁出地", widget=forms.TextInput(attrs={"data-divisions": True}))
    settlement = forms.ChoiceField(label="安置点", choices=[("1", "蟠桃街道平洞社区"), ("2", "王母街道兴旺社区")])
    placement = forms.ChoiceField(label="安置方式", choices=[("c", "集中"), ("d", "分散")], widget=forms.RadioSelect)
    moved_in_on = forms.CharField(
        label="入住日期", widget=forms.TextInput(attrs={"inputmode": "numeric", "data-date": True})
    )
    housing_area = forms.DecimalField(
        label="住房面积（㎡）", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    registered = forms.BooleanField(label="建档立卡户", required=False)
    evidence = forms.FileField(label="佐证材料", required=False, help_text="PDF、图片或 Excel，不超过 20 MB")


class MemberForm(forms.Form):
    name = forms.CharField(label="姓名", widget=forms.TextInput(attrs={"data-row-name": True}))
    relation = forms.ChoiceField(label="与户主关系", choices=[("01", "户主"), ("10", "配偶"), ("20", "子")])
    id_number = forms.CharField(label="身份证号")
    channel = forms.ChoiceField(
        label="就业去向", choices=[("", "未就业"), ("1", "省外务工"), ("2", "县内企业")], required=False
    )
    monthly_wage = forms.DecimalField(
        label="月收入（元）", required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )


MemberFormSet = forms.formset_factory(MemberForm, extra=0, can_delete=True)


def _settlement_table(**options) -> dict:
    columns = [
        {"key": "name", "label": "安置点"},
        {"key": "tier", "label": "规模", "width_class": "w-tag"},
        {"key": "population", "label": "搬迁人口", "align": "num"},
        {"key": "labour", "label": "有劳动力户", "align": "num"},
        {"key": "employed", "label": "已就业户", "align": "num"},
        {"key": "rate", "label": "就业率", "align": "num"},
    ]
    rows = [
        {
            "cells": [
                {"text": name, "url": "#"},
                {"text": tier},
                {"text": f"{people:,}"},
                {"text": f"{labour:,}", "url": "#"},
                {"text": f"{employed:,}", "url": "#"},
                {"text": f"{rate:.2%}"},
            ]
        }
        for name, tier, people, labour, employed, rate in SETTLEMENTS
    ]
    return {"caption": "各安置点就业情况", "columns": columns, "groups": None, "rows": rows} | options


def _household_table() -> dict:
    columns = [
        {"key": "code", "label": "户编号", "width_class": "w-code", "sort_url": "#", "aria_sort": "ascending"},
        {"key": "head_name", "label": "户主", "width_class": "w-name"},
        {"key": "id_number", "label": "身份证号", "width_class": "w-id"},
        {"key": "origin", "label": "迁出地"},
        {"key": "settlement", "label": "安置点"},
        {"key": "moved", "label": "入住日期", "width_class": "w-date", "sort_url": "#"},
        {"key": "members", "label": "人口", "align": "num"},
        {"key": "labour", "label": "劳动力", "align": "num"},
        {"key": "verdict", "label": "一户一业判定", "width_class": "w-tag"},
        {"key": "since", "label": "自", "width_class": "w-date"},
    ]
    groups = [{"label": "户主信息", "span": 3}, {"label": "搬迁情况", "span": 3}, {"label": "就业情况", "span": 4}]
    rows = []
    for n, (name, verdict) in enumerate(PEOPLE * 2):
        label, tone = VERDICTS[verdict]
        rows.append(
            {
                "id": n,
                "url": "#",
                "class": "is-late" if verdict == "zero" else "",
                "cells": [
                    {"text": f"52232690{n + 1:06d}"},
                    {"text": name},
                    {"text": "529901********" + f"{1230 + n}"},
                    {"text": "望谟县打易镇长田村"},
                    {"text": SETTLEMENTS[n % 6][0], "url": "#"},
                    {"text": f"2018-{n % 12 + 1:02d}-03"},
                    {"text": str(n % 5 + 2)},
                    {"text": str(n % 3)},
                    {"text": label, "tag": tone},
                    {"text": f"2024-0{n % 9 + 1}-15"},
                ],
            }
        )
    return {"caption": "搬迁户台账", "columns": columns, "groups": groups, "rows": rows, "selectable": True}


def _figures() -> list[dict]:
    months = [f"2024-{n:02d}" for n in range(1, 13)]
    trend = [91.2, 90.8, 92.4, 93.1, 93.6, 94.0, 94.2, 94.6, 94.9, 95.1, 95.3, 95.59]
    names = [row[0] for row in SETTLEMENTS]
    return [
        {
            "id": "trend",
            "title": "一户一人以上就业率",
            "note": "2024 年，按月",
            "kind": "line",
            "data": {
                "categories": months,
                "series": [
                    {"name": "本县", "data": trend},
                    {"name": "全省", "data": [v - 0.8 + i * 0.05 for i, v in enumerate(trend)], "dashed": True},
                ],
                "unit": "%",
                "target": {"name": "目标", "value": 95},
            },
            "table": {
                "caption": "按月就业率",
                "columns": [{"label": "月份"}, {"label": "就业率", "align": "num"}],
                "groups": None,
                "rows": [{"cells": [{"text": m}, {"text": f"{v}%"}]} for m, v in zip(months, trend, strict=True)],
            },
        },
        {
            "id": "gap",
            "title": "各安置点与全县平均之差",
            "note": "百分点",
            "kind": "difference",
            "data": {
                "categories": names,
                "series": [{"name": "差", "data": [1.1, 0.3, -0.1, -1.2, -4.6, -3.0]}],
                "decimals": 1,
                "links": ["#"] * 6,
            },
            "table": _settlement_table(),
        },
        {
            "id": "tiers",
            "title": "搬迁户就业状态构成",
            "kind": "stack",
            "data": {
                "categories": names[:4],
                "series": [
                    {"name": label, "tone": tone, "data": values}
                    for label, tone, values in (
                        ("稳定就业", "good", [1980, 1100, 880, 350]),
                        ("未满稳定期", "info", [321, 240, 169, 70]),
                        ("即将到期", "warn", [160, 140, 90, 38]),
                        ("零就业", "bad", [126, 82, 62, 28]),
                    )
                ],
                "unit": " 户",
            },
        },
        {
            "id": "channels",
            "title": "就业人数（按去向）",
            "kind": "column",
            "data": {
                "categories": ["省外务工", "省内县外", "县内企业", "就业车间", "公益岗位", "自主创业"],
                "series": [{"name": "人数", "data": [5120, 1840, 2310, 890, 640, 270]}],
                "unit": "",
            },
        },
    ]


def gallery(request):
    at = dt.datetime(2024, 12, 20, 9, 38, tzinfo=CHINA)
    invalid = "errors" in request.GET
    start = {"placement": "c", "origin": "522326105000", "head_name": "韦国强"}
    form = HouseholdForm(start if invalid else None, initial=start)
    confirm = {
        "title": "作废搬迁户 522326900003（黄大文）？",
        "text": "该户将不再计入台账、统计和判定，历史记录保留。",
        "effects": ["5 名家庭成员一并作废", "王母街道兴旺社区少计 1 户 5 人"],
        "action_url": "?",
        "verb": "作废 1 户",
        "cancel_url": "?",
        "danger": True,
        "form": type("Reason", (forms.Form,), {"reason": forms.CharField(label="作废原因")})(auto_id="confirm_%s"),
    }
    if "confirm" in request.GET:
        return render(request, "confirm.html", {"confirm": confirm})
    if "message" in request.GET:
        messages.success(request, "已保存 韦国强 户；一户一业判定：稳定就业（自 2024-06-01）。")
        messages.warning(request, "身份证号的行政区划代码不在名录中，请核对。")
    job = {
        "id": 1,
        "title": "搬迁户台账导出（贵州省）",
        "state_label": "进行中",
        "tone": "info",
        "running": True,
        "percent": 39,
        "done": 157209,
        "total": 403200,
        "unit": "行",
        "remaining": "约剩 40 秒",
        "cancel_url": "#",
    }
    return render(
        request,
        "gallery.html",
        {
            "breadcrumb": [
                {"label": "贵州省", "url": "#"},
                {"label": "黔西南布依族苗族自治州", "url": "#"},
                {"label": "望谟县", "url": ""},
            ],
            "tabs": [
                {"label": "全部", "url": "#", "active": True, "count": 5667},
                {"label": "零就业户", "url": "#", "count": 126},
                {"label": "就业即将到期", "url": "#", "count": 208},
            ],
            "kpis": [
                {"label": "搬迁户", "value": 403200, "unit": "户", "note": "截至 2024-12-20", "url": "#"},
                {"label": "搬迁人口", "value": 1880000, "unit": "人", "note": "较上月 +1,204 ↑", "url": "#"},
                {
                    "label": "有劳动力户已就业",
                    "value": 385419,
                    "unit": "户",
                    "url": "#",
                    "tone": "good",
                    "note": "较上月 +862 ↑",
                },
                {"label": "一户一人以上就业率", "value": "95.59%", "tone": "good", "note": "较上月 +0.21 个百分点 ↑"},
                {
                    "label": "零就业户",
                    "value": 1263,
                    "unit": "户",
                    "url": "#",
                    "tone": "bad",
                    "note": "其中 38 户超期未处置",
                },
                {"label": "就业即将到期", "value": 2087, "unit": "户", "url": "#", "tone": "warn", "note": "30 日内"},
            ],
            "figures": _figures(),
            "filters": [
                {
                    "name": "region",
                    "label": "行政区划",
                    "kind": "division",
                    "value": "522326",
                    "picked": "贵州省 黔西南州 望谟县",
                },
                {"name": "head_name", "label": "户主姓名", "kind": "text", "value": ""},
                {
                    "name": "verdict",
                    "label": "一户一业判定",
                    "kind": "choice",
                    "value": "zero",
                    "choices": [(k, v[0]) for k, v in VERDICTS.items()],
                },
                {
                    "name": "moved_in_on",
                    "label": "入住日期",
                    "kind": "range",
                    "dates": True,
                    "value": ("2018-01-01", None),
                },
            ],
            "chips": [
                {"label": "行政区划：望谟县", "remove_url": "#"},
                {"label": "一户一业判定：零就业", "remove_url": "#"},
            ],
            "reset_url": "?",
            "table": _household_table(),
            "pager": {
                "shown": 50,
                "count": 10000,
                "capped": True,
                "next_url": "#",
                "previous_url": "#",
                "first_url": "#",
            },
            "empty_table": {
                "caption": "空",
                "columns": [],
                "rows": [],
                "empty": {
                    "title": "没有符合条件的搬迁户",
                    "text": "换一个条件，或清除全部筛选后再查。若应有数据而没有，请先导入花名册。",
                    "action_url": "?",
                    "action_label": "清除筛选",
                },
            },
            "steps": [
                {"label": "下载模板", "state": "done", "url": "#"},
                {"label": "上传", "state": "done", "url": "#"},
                {"label": "核对", "state": "current"},
                {"label": "完成", "state": "ahead"},
            ],
            "jobs": [
                job,
                job
                | {
                    "id": 2,
                    "title": "县级花名册导入（望谟县）",
                    "state_label": "排队中",
                    "tone": "neutral",
                    "queued": True,
                },
                job
                | {
                    "id": 3,
                    "title": "就业台账导出（望谟县）",
                    "state_label": "已完成",
                    "tone": "good",
                    "running": False,
                    "download_url": "#",
                    "note": "1.8 MB，24,310 行，7 日后过期",
                },
                job
                | {
                    "id": 4,
                    "title": "花名册导入（册亨县）",
                    "state_label": "失败",
                    "tone": "bad",
                    "running": False,
                    "retry_url": "#",
                    "error": "工作簿已加密，无法读取。请取消密码后重新上传。",
                },
            ],
            "form": form,
            "formset": MemberFormSet(
                initial=[{"name": "韦国强", "relation": "01"}, {"name": "罗秀珍", "relation": "10"}], prefix="members"
            ),
            "errors": [
                {"message": f"{form[name].label}：{message}", "field_id": form[name].id_for_label}
                for name, found in form.errors.items()
                for message in found
            ]
            if invalid
            else [],
            "confirm": confirm,
            "events": [
                {
                    "when": at,
                    "who": "陈卫东",
                    "unit": "望谟县搬迁后扶服务中心",
                    "act": "退回",
                    "said": "请补充用工合同首页，并写明起始日期。",
                    "tone": "bad",
                    "files": [{"name": "核查照片.jpg", "url": "#", "size": 482113}],
                },
                {
                    "when": at - dt.timedelta(days=2),
                    "who": "李婷",
                    "unit": "王母街道办事处",
                    "act": "修改就业记录",
                    "changes": [
                        {"label": "就业去向", "old": "", "new": "县内企业"},
                        {"label": "月收入", "old": "2,800", "new": "3,500"},
                    ],
                    "tone": "info",
                },
            ],
        },
    )


urlpatterns = [path("gallery/", gallery, name="gallery")]
