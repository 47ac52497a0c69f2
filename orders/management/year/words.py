"""The words a year is told in: shops, people, titles, reasons."""

from __future__ import annotations

from orders.management.year.plan import ReturnReason

# brand, category, stores of the chain (1: a single shop), how often members want it back
SHOPS: tuple[tuple[str, str, int, int], ...] = (
    ("绿町菜园", "vegetables", 1, 9),
    ("清禾鲜蔬", "vegetables", 26, 7),
    ("老陈菜摊", "vegetables", 1, 3),
    ("崇岛农场", "vegetables", 3, 4),
    ("果小满", "fruit", 118, 9),
    ("橙子里", "fruit", 42, 6),
    ("山丘果园", "fruit", 1, 4),
    ("甜井水果", "fruit", 9, 3),
    ("阿婆水果铺", "fruit", 1, 2),
    ("草原牧记", "beef", 35, 7),
    ("潮味牛肉坊", "beef", 12, 5),
    ("牛东家", "beef", 1, 2),
    ("金乌黑猪", "pork", 64, 6),
    ("周记肉铺", "pork", 1, 4),
    ("湘里腊味", "pork", 5, 2),
    ("竹林走地鸡", "poultry", 8, 5),
    ("禽小鲜", "poultry", 51, 3),
    ("卤三元", "poultry", 86, 3),
    ("渔歌海鲜", "seafood", 17, 6),
    ("东极鲜", "seafood", 4, 4),
    ("湖心蟹庄", "seafood", 1, 2),
    ("虾兵海味", "seafood", 22, 2),
    ("安岭蛋品", "eggs", 14, 6),
    ("一颗好蛋", "eggs", 1, 3),
    ("高邮湖鸭家", "eggs", 3, 2),
    ("牧晨乳业", "dairy", 73, 6),
    ("凤城甜品", "dairy", 28, 3),
    ("白桦奶站", "dairy", 1, 2),
    ("稻田里", "rice-flour", 31, 5),
    ("五谷仓", "rice-flour", 6, 3),
    ("石磨坊", "rice-flour", 1, 2),
    ("巷口馄饨", "dumplings", 38, 7),
    ("面点张", "dumplings", 1, 4),
    ("江南点心局", "dumplings", 45, 4),
    ("胶东妈妈水饺", "dumplings", 2, 2),
    ("麦子与风", "bakery", 24, 7),
    ("慢烤面包房", "bakery", 1, 5),
    ("酥香园", "bakery", 57, 3),
    ("云上烘焙", "bakery", 3, 2),
    ("松果铺子", "snacks", 132, 5),
    ("嗑瓜时光", "snacks", 19, 3),
    ("小镇零嘴", "snacks", 1, 2),
    ("山货郎", "dry-goods", 11, 4),
    ("南北干货行", "dry-goods", 1, 3),
    ("参茸堂食材", "dry-goods", 48, 2),
    ("油坊巷", "condiments", 7, 3),
    ("蜂语", "condiments", 1, 3),
    ("酱园九号", "condiments", 33, 2),
    ("豆阿公", "tofu", 1, 6),
    ("水磨豆坊", "tofu", 21, 3),
    ("日子百货", "household", 95, 4),
    ("净家生活", "household", 16, 2),
)

SECOND: dict[str, tuple[str, ...]] = {  # what a shop of a category also carries
    "vegetables": ("tofu", "eggs"),
    "fruit": ("snacks", "vegetables"),
    "beef": ("pork", "condiments"),
    "pork": ("beef", "poultry"),
    "poultry": ("eggs", "pork"),
    "seafood": ("dry-goods", "condiments"),
    "eggs": ("poultry", "dairy"),
    "dairy": ("bakery", "eggs"),
    "rice-flour": ("dry-goods", "condiments"),
    "dumplings": ("rice-flour", "tofu"),
    "bakery": ("dairy", "snacks"),
    "snacks": ("dry-goods", "bakery"),
    "dry-goods": ("snacks", "condiments"),
    "condiments": ("rice-flour", "dry-goods"),
    "tofu": ("vegetables", "dumplings"),
    "household": ("condiments", "snacks"),
}

TITLES: dict[str, str] = {
    "vegetables": "蔬菜",
    "fruit": "水果",
    "beef": "牛肉",
    "pork": "猪肉",
    "poultry": "鸡鸭",
    "seafood": "海鲜",
    "eggs": "鸡蛋",
    "dairy": "牛奶",
    "rice-flour": "米面",
    "dumplings": "点心",
    "bakery": "面包",
    "snacks": "零食",
    "dry-goods": "干货",
    "condiments": "粮油酱料",
    "tofu": "豆制品",
    "household": "日用",
}
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜"
    "叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶"
)
GIVEN_FIRST = "文雅思晓佳美丽志建国海春秋明慧欣嘉宇子静雪玉俊立永德秀兰红梦诗一若可亦书家"
GIVEN_LAST = "华芳敏娟霞强军杰涛平英琳婷琪萍洁燕浩鹏辉云宁安悦然怡涵彤轩博瑞妍珍梅凤霖昕"
ELDER_GIVEN = ("秀英", "桂兰", "玉珍", "凤英", "建国", "福生", "国强", "秀珍", "金凤", "德明")

CHILD = [
    "豆豆",
    "乐乐",
    "果果",
    "糖糖",
    "悠悠",
    "小宝",
    "米粒",
    "团子",
    "朵朵",
    "安安",
    "壮壮",
    "元宝",
    "汤圆",
    "可可",
    "多多",
    "星星",
    "大宝",
    "桃子",
    "年糕",
    "芒果",
    "毛毛",
    "石头",
    "童童",
    "小鱼",
    "洋洋",
    "妞妞",
    "一一",
    "嘟嘟",
    "西西",
    "土豆",
]
PARENT = ("妈", "妈妈", "爸", "麻麻")
WISTFUL = [
    "夏天的风",
    "慢生活",
    "山间明月",
    "一杯清茶",
    "向阳花开",
    "静待花开",
    "南风知意",
    "云淡风轻",
    "小确幸",
    "人间烟火",
    "晴天",
    "半夏",
    "木木",
    "阿珍爱吃饭",
    "橘子汽水",
    "今天吃什么",
    "早睡早起",
    "海上花",
    "平平淡淡",
    "知足常乐",
    "爱吃鱼的猫",
    "半糖去冰",
    "风吹麦浪",
    "小楼听雨",
    "拾光",
    "青柠",
    "不加香菜",
    "可乐加冰",
    "三餐四季",
    "柚子茶",
    "厨房新手",
    "买菜小能手",
    "甜甜圈",
    "月半湾",
    "初晨",
    "沐沐",
    "梧桐树下",
    "爱笑的眼睛",
    "芝麻开门",
    "冬日暖阳",
]

REASONS: tuple[tuple[ReturnReason, str], ...] = (
    ("damaged", "有几个坏了"),
    ("damaged", "包装破了"),
    ("damaged", "磕碰了"),
    ("not_fresh", "不新鲜"),
    ("not_fresh", "化冻了"),
    ("not_fresh", "日期不新"),
    ("wrong", "和描述不一样"),
    ("wrong", "味道不对"),
    ("short", "分量不足"),
    ("other", "家里老人吃不惯"),
)
ACCEPTANCES = ("核对过，按订单退", "商家认了，退款", "看过照片，同意", "下次换一批，这次先退")
PART_ACCEPTANCES = ("和商家谈好，退一部分", "坏的那部分退，其余留下")
REJECTIONS = ("照片看不出问题", "超过说明的保存时间", "属于正常大小差异")
AMENDMENTS = ("家里来客人", "多买一点", "点错了", "给老人带一份", "冰箱还有", "和邻居分着吃")
CANCELLATIONS = ("那天不在家", "买重了", "家里还有", "改买别家的", "点错了")
NOTES = ("要嫩一点的", "分两袋装", "放门卫", "不要太大的", "晚点来取", "帮忙挑新鲜的")
ROUND_NOTES = ("", "", "", "当天现做，到货尽快取", "冷链配送，取了请放冰箱", "量不多，先到先得")
PICKUP_POINTS = ("3栋架空层", "东门岗亭旁", "业委会活动室")
CITY = "杭州"
DISTRICT = "杭州市西湖区"
REGION = "330106"
