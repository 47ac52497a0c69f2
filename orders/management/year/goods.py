"""What neighbours buy together: goods by category, and the sizes each is sold in.

A line of GOODS is `name family price-in-yuan origin shelf-life storage`; the price is the one of
the family's first size before any discount.
"""

from __future__ import annotations

from dataclasses import dataclass

# family: (spec, sale unit, step in thousandths, price in hundredths of the first size)
_FAMILIES: dict[str, tuple[tuple[str, str, int, int], ...]] = {
    "loose": (
        ("散称", "斤", 500, 100),
        ("约150g尝鲜", "份", 1000, 32),
        ("半斤装", "份", 1000, 52),
        ("2斤装", "份", 1000, 194),
        ("5斤装", "箱", 1000, 470),
        ("10斤整箱", "箱", 1000, 920),
    ),
    "bag": (
        ("500g", "袋", 1000, 100),
        ("80g小袋", "袋", 1000, 19),
        ("250g", "袋", 1000, 53),
        ("1kg", "袋", 1000, 190),
        ("2.5kg", "袋", 1000, 455),
        ("5kg", "箱", 1000, 880),
    ),
    "head": (
        ("1只", "只", 1000, 100),
        ("半只", "份", 1000, 54),
        ("切块约200g", "份", 1000, 24),
        ("2只", "份", 1000, 194),
        ("4只礼盒", "盒", 1000, 380),
    ),
    "box": (
        ("1盒", "盒", 1000, 100),
        ("单枚尝鲜", "份", 1000, 28),
        ("2盒", "份", 1000, 194),
        ("4盒", "份", 1000, 376),
        ("8盒整箱", "箱", 1000, 730),
    ),
    "bottle": (
        ("1瓶", "瓶", 1000, 100),
        ("小瓶", "瓶", 1000, 34),
        ("2瓶", "份", 1000, 194),
        ("6瓶整箱", "箱", 1000, 560),
        ("12瓶整箱", "箱", 1000, 1080),
    ),
    "tray": (
        ("10枚", "盒", 1000, 100),
        ("4枚", "盒", 1000, 43),
        ("20枚", "盒", 1000, 194),
        ("30枚", "箱", 1000, 285),
        ("60枚", "箱", 1000, 550),
    ),
    "pack": (
        ("1包", "包", 1000, 100),
        ("小包", "包", 1000, 36),
        ("3包", "份", 1000, 288),
        ("5包", "份", 1000, 465),
        ("10包整箱", "箱", 1000, 900),
    ),
}

GOODS = {
    "vegetables": """
        上海青 loose 3.6 崇明 3天 冷藏
        鸡毛菜 loose 5.2 崇明 2天 冷藏
        本地菠菜 loose 4.8 萧山 3天 冷藏
        西兰花 loose 6.4 临海 5天 冷藏
        小番茄 loose 9.8 寿光 6天 常温
        水果黄瓜 loose 5.8 寿光 5天 冷藏
        铁棍山药 loose 12.6 温县 20天 阴凉
        黄心土豆 loose 3.2 滕州 20天 阴凉
        贝贝南瓜 loose 6.8 兰溪 20天 阴凉
        水果玉米 pack 12.9 云南 3天 冷藏
        四季豆 loose 6.6 余杭 4天 冷藏
        小葱 pack 2.6 余杭 3天 冷藏
        冬笋 loose 16.8 临安 7天 阴凉
        时令蔬菜包 box 36.0 余杭 3天 冷藏""",
    "fruit": """
        红富士苹果 loose 7.8 烟台 30天 冷藏
        阿克苏苹果 loose 8.6 阿克苏 30天 冷藏
        赣南脐橙 loose 6.8 赣州 20天 常温
        丑橘 loose 9.8 蒲江 15天 常温
        丹东草莓 box 39.0 东港 2天 冷藏
        云南蓝莓 box 18.8 澄江 5天 冷藏
        砀山酥梨 loose 4.6 砀山 20天 冷藏
        海南香蕉 loose 4.2 乐东 6天 常温
        水蜜桃 box 45.0 奉化 3天 常温
        麒麟西瓜 head 42.0 嘉兴 10天 常温
        阳光玫瑰 loose 19.8 建德 5天 冷藏
        红心火龙果 loose 8.2 湛江 8天 常温
        凯特芒果 loose 10.8 攀枝花 7天 常温
        东魁杨梅 box 58.0 仙居 2天 冷藏""",
    "beef": """
        黄牛牛腩 loose 42.0 通辽 3天 冷藏
        牛腱子 loose 48.0 通辽 3天 冷藏
        原切肥牛卷 bag 46.0 锡林郭勒 12个月 冷冻
        原切西冷牛排 box 39.0 锡林郭勒 12个月 冷冻
        手打牛肉丸 bag 38.0 潮州 12个月 冷冻
        雪花牛小排 bag 86.0 伊春 12个月 冷冻
        牛尾骨 loose 32.0 通辽 3天 冷藏
        牛筒骨 loose 9.8 通辽 3天 冷藏
        酱牛肉 bag 68.0 平遥 30天 冷藏
        牛肉酱 bottle 18.8 德州 12个月 常温
        鲜切牛肉馅 loose 36.0 通辽 2天 冷藏
        灯影牛肉丝 pack 13.8 达州 9个月 常温""",
    "pork": """
        黑猪五花肉 loose 28.0 金华 3天 冷藏
        黑猪里脊 loose 30.0 金华 3天 冷藏
        猪小排 loose 36.0 金华 3天 冷藏
        梅花肉 loose 32.0 金华 3天 冷藏
        猪筒骨 loose 12.8 金华 3天 冷藏
        土猪肉末 loose 22.0 金华 2天 冷藏
        手工灌香肠 bag 45.0 松滋 6个月 冷藏
        农家腊肉 bag 52.0 湘西 6个月 冷藏
        金华火腿切片 bag 98.0 金华 9个月 冷藏
        猪蹄 loose 19.8 金华 3天 冷藏
        猪肉脯 pack 15.8 靖江 9个月 常温
        猪皮冻 box 12.8 余杭 5天 冷藏""",
    "poultry": """
        散养老母鸡 head 78.0 安吉 3天 冷藏
        清远鸡 head 58.0 清远 3天 冷藏
        三黄鸡 head 39.0 安吉 3天 冷藏
        麻鸭 head 52.0 高邮 3天 冷藏
        乳鸽 head 26.0 中山 3天 冷藏
        琵琶腿 bag 16.8 安吉 12个月 冷冻
        鸡胸肉 bag 13.8 安吉 12个月 冷冻
        鸡翅中 bag 29.8 安吉 12个月 冷冻
        盐焗鸡 head 48.0 梅州 7天 冷藏
        酱板鸭 head 45.0 常德 30天 冷藏
        卤鸭脖 bag 36.0 武汉 15天 冷藏
        鸡爪 bag 22.0 安吉 12个月 冷冻""",
    "seafood": """
        鲜活基围虾 loose 42.0 湛江 1天 冷藏
        东海带鱼段 bag 32.0 舟山 12个月 冷冻
        冰鲜小黄鱼 loose 26.0 舟山 2天 冷藏
        大闸蟹 box 128.0 兴化 3天 冷藏
        青岛蛤蜊 loose 9.8 青岛 1天 冷藏
        三文鱼切片 box 59.0 烟台 2天 冷藏
        鲈鱼 head 28.0 佛山 1天 冷藏
        大连海参 pack 88.0 大连 12个月 冷冻
        虾仁 bag 49.0 湛江 12个月 冷冻
        鱿鱼须 bag 28.0 舟山 12个月 冷冻
        鳕鱼块 bag 56.0 大连 12个月 冷冻
        即食海带丝 pack 5.8 荣成 6个月 常温""",
    "eggs": """
        散养土鸡蛋 tray 16.8 安吉 30天 阴凉
        可生食鸡蛋 tray 15.8 德清 30天 冷藏
        初生蛋 tray 14.8 德清 30天 阴凉
        乌鸡蛋 tray 19.8 泰和 30天 阴凉
        高邮咸鸭蛋 tray 22.0 高邮 90天 常温
        松花皮蛋 tray 18.8 高邮 90天 常温
        鹌鹑蛋 box 9.9 德清 20天 冷藏
        鲜鸭蛋 tray 17.8 高邮 30天 阴凉
        鹅蛋 box 24.0 隆昌 30天 阴凉
        卤蛋 pack 8.8 德州 6个月 常温""",
    "dairy": """
        巴氏鲜牛奶 bottle 16.8 临安 7天 冷藏
        水牛奶 bottle 12.8 灵山 6个月 常温
        老酸奶 box 15.8 临安 21天 冷藏
        希腊酸奶 box 18.8 呼和浩特 21天 冷藏
        马苏里拉奶酪 bag 34.0 呼和浩特 12个月 冷冻
        奶酪棒 pack 19.8 呼和浩特 9个月 冷藏
        双皮奶 box 22.0 顺德 7天 冷藏
        淡奶油 bottle 26.0 呼和浩特 9个月 冷藏
        动物黄油 box 28.0 呼和浩特 12个月 冷冻
        姜撞奶 box 19.8 番禺 5天 冷藏""",
    "rice-flour": """
        五常稻花香 bag 7.6 五常 12个月 阴凉
        盘锦蟹田米 bag 5.6 盘锦 12个月 阴凉
        延边小町米 bag 4.9 延边 12个月 阴凉
        沁州黄小米 bag 11.8 沁县 12个月 阴凉
        黑糯米 bag 8.8 洋县 12个月 阴凉
        高筋面粉 bag 4.6 遂平 9个月 阴凉
        石磨全麦粉 bag 5.2 遂平 9个月 阴凉
        手工挂面 pack 9.8 中江 9个月 常温
        河粉 pack 4.8 沙河 3天 冷藏
        螺蛳粉 pack 11.8 柳州 6个月 常温
        三色糙米 bag 7.2 五常 12个月 阴凉""",
    "dumplings": """
        荠菜鲜肉馄饨 bag 19.8 余杭 6个月 冷冻
        三鲜水饺 bag 22.0 余杭 6个月 冷冻
        白菜猪肉水饺 bag 17.8 余杭 6个月 冷冻
        鲅鱼水饺 bag 32.0 烟台 6个月 冷冻
        小笼包 box 18.0 嘉兴 6个月 冷冻
        鲜肉烧卖 box 16.8 嘉兴 6个月 冷冻
        黑芝麻汤圆 box 15.8 宁波 9个月 冷冻
        嘉兴蛋黄肉粽 pack 26.0 嘉兴 6个月 冷冻
        生煎包 box 21.0 上海 6个月 冷冻
        葱油手抓饼 pack 18.8 余杭 9个月 冷冻
        春卷皮 pack 7.8 余杭 5天 冷藏""",
    "bakery": """
        全麦吐司 pack 15.8 本地 4天 常温
        北海道吐司 pack 18.8 本地 4天 常温
        贝果 pack 19.8 本地 5天 常温
        肉松小贝 box 26.0 本地 3天 冷藏
        蛋挞 box 24.0 本地 2天 冷藏
        戚风蛋糕 box 38.0 本地 3天 冷藏
        巴斯克蛋糕 box 68.0 本地 3天 冷藏
        桃酥 pack 12.8 本地 30天 常温
        鲜花饼 box 29.0 大理 30天 常温
        老面馒头 pack 8.8 本地 3天 冷藏
        瑞士卷 box 36.0 本地 3天 冷藏""",
    "snacks": """
        每日坚果 box 49.0 临安 9个月 常温
        奶油山核桃 bag 58.0 临安 9个月 常温
        手剥松子 bag 79.0 通化 9个月 常温
        椒盐巴旦木 bag 42.0 喀什 9个月 常温
        五香瓜子 bag 15.8 巴彦淖尔 9个月 常温
        糖炒栗子仁 pack 12.8 迁西 6个月 常温
        牛轧糖 bag 36.0 台州 9个月 常温
        冻干草莓 pack 14.8 丹东 12个月 常温
        话梅 pack 9.8 普宁 12个月 常温
        豆腐干 pack 8.6 武康 6个月 常温
        米花糖 pack 11.8 江津 6个月 常温""",
    "dry-goods": """
        古田银耳 bag 56.0 古田 18个月 阴凉
        高山香菇 bag 62.0 庆元 18个月 阴凉
        东北黑木耳 bag 58.0 东宁 18个月 阴凉
        宁夏枸杞 bag 48.0 中宁 18个月 阴凉
        若羌灰枣 bag 19.8 若羌 12个月 阴凉
        湘潭莲子 bag 45.0 湘潭 12个月 阴凉
        淮山片 bag 32.0 温县 12个月 阴凉
        红豆 bag 9.8 宝清 12个月 阴凉
        绿豆 bag 8.6 白城 12个月 阴凉
        紫菜 pack 12.8 霞浦 12个月 阴凉
        虾皮 bag 39.0 舟山 12个月 冷藏
        粉丝 pack 9.9 招远 18个月 常温""",
    "condiments": """
        小磨香油 bottle 26.0 驻马店 18个月 常温
        山茶油 bottle 88.0 衢州 18个月 常温
        压榨花生油 bottle 98.0 莱阳 18个月 常温
        头道酱油 bottle 18.8 佛山 18个月 常温
        三年陈醋 bottle 16.8 镇江 24个月 常温
        郫县豆瓣 bottle 14.8 郫都 18个月 常温
        油辣椒 bottle 12.8 贵阳 12个月 常温
        椴树蜜 bottle 58.0 饶河 24个月 常温
        黄豆酱 bottle 11.8 佳木斯 18个月 常温
        腐乳 bottle 10.8 绍兴 18个月 常温
        红糖块 pack 16.8 义乌 18个月 常温""",
    "tofu": """
        老豆腐 box 5.6 余杭 3天 冷藏
        嫩豆腐 box 4.8 余杭 3天 冷藏
        手工豆皮 bag 12.8 余杭 4天 冷藏
        素鸡 bag 11.8 余杭 4天 冷藏
        油豆腐 bag 13.8 余杭 5天 冷藏
        千张结 bag 12.6 余杭 4天 冷藏
        现磨豆浆 bottle 8.8 余杭 2天 冷藏
        豆花 box 9.8 余杭 2天 冷藏
        腐竹 bag 26.0 高安 12个月 阴凉
        凉粉 box 7.8 余杭 3天 冷藏""",
    "household": """
        竹浆抽纸 pack 12.8 赤水 36个月 干燥
        厨房湿巾 pack 14.8 嘉兴 24个月 干燥
        洗衣液 bottle 39.0 广州 36个月 干燥
        洗洁精 bottle 15.8 广州 36个月 干燥
        保鲜袋 pack 9.8 台州 60个月 干燥
        垃圾袋 pack 13.8 台州 60个月 干燥
        一次性手套 pack 8.8 台州 60个月 干燥
        洗碗海绵 pack 6.8 义乌 60个月 干燥
        棉柔巾 pack 16.8 绍兴 36个月 干燥
        香薰蜡烛 box 45.0 义乌 36个月 干燥""",
}


@dataclass(frozen=True, slots=True)
class Size:
    """A good in one of the sizes it is sold in, with its usual price in fen."""

    category: str
    name: str
    spec: str
    sale_unit: str
    step_milli: int
    price_fen: int
    origin: str
    shelf_life: str
    storage: str
    is_usual: bool  # the size most people buy


def _sizes(category: str, line: str) -> list[Size]:
    name, family, yuan, origin, shelf_life, storage = line.split()
    whole, tenth = yuan.split(".") if "." in yuan else (yuan, "0")
    first = int(whole) * 100 + int(tenth) * 10
    return [
        Size(
            category,
            name,
            spec,
            unit,
            step,
            first * share // 100,
            origin,
            shelf_life,
            storage,
            share == 100,
        )
        for spec, unit, step, share in _FAMILIES[family]
    ]


SIZES: dict[str, tuple[Size, ...]] = {
    category: tuple(
        size for line in text.split("\n") if line.strip() for size in _sizes(category, line)
    )
    for category, text in GOODS.items()
}
CATEGORIES = tuple(GOODS)

# The category an item is filed under, where it is not the shelf its shop keeps it on.
_FILED = {"rice-flour": "grain", "condiments": "grain", "dry-goods": "snacks", "tofu": "vegetables"}
_COOKED = frozenset(
    [
        "酱牛肉",
        "灯影牛肉丝",
        "猪皮冻",
        "金华火腿切片",
        "盐焗鸡",
        "酱板鸭",
        "卤鸭脖",
        "卤蛋",
        "即食海带丝",
        "豆花",
        "凉粉",
    ]
)


def category_slug(size: Size) -> str:
    """The slug of merchants.Category that a good is filed under."""
    return "cooked" if size.name in _COOKED else _FILED.get(size.category, size.category)
