"""Words of the genre: what every policy says, its subjects, and the parts it is made of.

Boilerplate proves no kinship between two clauses, so it weighs little. Subjects let two clauses
meet that name one thing in different words (境外 and 对外开放). Both lists are our own reading of
the genre at large; they hold nothing of a particular document.
"""

from __future__ import annotations

import re

_BOILERPLATE = """
    职业教育 职业学校 职业院校 现代职业教育体系 高质量发展 建设改革 技术技能人才 高素质 人才培养
    习近平新时代中国特色社会主义思想 经济社会发展 积极 推动 推进 加强 建设 一批 支持 鼓励 深入 实施
    完善 健全 建立 机制 制度 体系 全面 提升 提高 发展 服务 开展 打造 促进 构建 探索 创新 改革 深化
    重点 围绕 工作 能力 水平 质量 教育 学校 学生 企业 行业 产业 区域 地区 国家 以上 左右 不低于 有关
    部门 政府 各级 落实 组织 优化 加快 持续 统筹 引导 充分发挥 作用 具有 形成 进一步 着力 强化 拓宽
    拓展 扩大 融合 合作 人才 培养 技术 技能 资源 教学 专业 社会 经济 需求 条件 政策 项目 平台 基地
    联合 共建 共同 参与 高水平 优质 开放 特色 总体要求 指导思想 基本原则 主要目标 发展目标 保障措施
    组织实施 组织保障
"""
BOILERPLATE: tuple[str, ...] = tuple(_BOILERPLATE.split())

# Each line is one subject; two clauses that speak of it meet, whatever word they choose.
SUBJECTS: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split())
    for line in """
    党的领导 党建 党组织 党委 思想政治 意识形态 立德树人 德技并修
    组织领导 协调机制 联席会议 统筹协调 协同推进 领导小组 工作机制 联动
    咨询 智库 智囊 专家 决策
    经费 投入 专项债券 债券 财政 拨款 资金 社会资本 多渠道 基金
    激励政策 土地 信用 用地 税 金融
    氛围 宣传 典型 劳动光荣 劳动精神 工匠精神 活动周 表彰
    国际 境外 国外 鲁班工坊 走出去 一带一路 对外开放 海外 国（境）外
    教师 师资 名师 双师 导师
    产教联合体 理事会 产业园区
    产教融合共同体 共同体 龙头企业 产业链
    实践中心 实训基地 校中厂 厂中校
    数字化 智慧 信息化 虚拟仿真 在线精品课程 资源库 数字
    职普融通 普通高中 综合高中 职业启蒙 普职 职业体验
    本科层次 职业本科 职教本科 应用型本科
    招生 考试 职教高考 考评 单招
    贯通 五年一贯制 五年制 3+2 3+4 中高职 衔接
    终身 社区教育 老年教育 继续教育 培训
    专业动态调整 专业设置 专业结构 停办 画像 专业布局
    供需 人才需求 信息平台 需求发布
    科研 科教 成果转化 技术攻关 协同创新 创新中心 重点实验室
    学徒制 订单 现场工程师 工匠班
    乡村 农业 涉农 农村
    就业 创业 毕业生
    评价 督导 考核 评估 年度报告
    布局 规划 整合 新建 合并
    达标 双高 双优 提质扩优 办学条件
    试点 省域 先行先试 可复制
    标准 课程标准 教学标准
    """.strip().splitlines()
)

# Headings of the parts that stand before and after the tasks.
AIMS = re.compile(
    "总体要求|指导思想|总体思路|基本原则|(?:总体|发展|主要|工作|建设|行动)目标|目标任务"
)
SAFEGUARDS = re.compile("保障|组织(?:实施|领导|推进)|工作要求|督导")
