"""The vocabulary by which a number in a policy is known as a promise, a condition or a fact."""

from __future__ import annotations

import re
from collections.abc import Iterable


def listed(words: str) -> tuple[str, ...]:
    """Return the words of a list written with spaces between them."""
    return tuple(words.split())


def one_of(words: Iterable[str]) -> str:
    """Return a regular expression for any of the words, longest first, as a prefix tree.

    Example:
        >>> one_of(["建成", "建设", "打造"])
        '(?:建(?:成|设)|打造)'
    """
    heads: dict[str, set[str]] = {}
    for word in words:
        heads.setdefault(word[0], set()).add(word[1:])
    branches = []
    for head, tails in heads.items():
        rest = tails - {""}
        if not rest:
            branches.append(head)
        elif len(rest) == 1 and rest == tails:
            branches.append(head + next(iter(rest)))
        else:
            branches.append(head + one_of(sorted(rest)) + ("?" if "" in tails else ""))
    return f"(?:{'|'.join(branches)})" if len(branches) > 1 else f"(?:{branches[0]})"


# Verbs that make or win what is counted after or before them.
MAKING = listed(
    "建成 建设 建立 建好 建强 新建 改建 扩建 改扩建 共建 援建 筹建 创建 创成 组建 打造 培育 培养 培训 轮训 新增 新培育 新认定"
    " 增设 新设 新开设 开设 开办 设立 设置 成立 遴选 认定 评选 评定 评估认定 命名 立项 引进 引育 引入 招引 开发 研发 研制 攻克"
    " 举办 承办 举行 办好 办成 开展 组织 推出 完成 形成 争取 争创 入选 获批 申报 转化 推广 招收 招录 招聘 招募 选派 选聘 选树"
    " 选拔 扶持 改造 改造提升 配备 配置 发布 布局 布设 落地 落户 提供 筹集 投放 发展 壮大 孵化 储备 聘请 聘任 签约 帮扶 资助"
    " 吸纳 输送 发放 征集 解决 集聚 聚集 安排 种植 治理 修复 整治 实现 达到 力争 确保 累计 建有 拥有 总量 总数 数量 规模 支持"
    " 推动 推进 制定 制订 修订 编制 编写 出台 实施 建 创 育 评 选 设 办 引 增加 增至 帮助 服务 惠及 带动 促进 吸引 做强 做大 培"
    " 参与 覆盖 建档 签订 接收 派出 交流 互派 转移 保持 落实 化解 盘活 供应 收储 拓展 打通 创办 创作 生产 保障 补充 授予 投入 统筹 拿出 预留 划出 推荐 互聘 互认 训练 升级 接入 上线 开通 入驻 在孵 缩小 撬动 带领 举行 落成 投用 建档立卡 注册 安装 加装 接种 筛查"
)
# Verbs strong enough to make a target of a small number written in Chinese.
FOUNDING = listed(
    "建成 建设 建好 打造 新建 改建 扩建 创建 创成 组建 新增 新设 增设 设立 开设 开办 引进 招引 培育 培养 遴选 认定 争取 入选"
    " 获批 评选 选树 办好 办成 建立 共建 推出 成立 改造 培训 轮训 输送 资助 帮扶 服务 吸引 集聚 至少 不少于 不低于 达到 超过 配备 选派 建有 举办 开展 布局"
)
NOUNS_TOO = frozenset(listed("培训 服务 改造 布局 配备 开展 帮扶 资助"))
# Words after which a number only describes.
DESCRIBING = listed(
    "下设 内设 分设 是指 系指 围绕 聚焦 依托 按照 根据 针对 对照 对标 立足 面向 包括 包含 涵盖 涉及 分为 分成 划分 现有 已有 目前 原有 位于 来自 基于 通过"
    " 坚持 贯穿 充分发挥 利用 结合 适应 对接 构成 贯彻 经由 有关 满"
)
# What abstract things are counted by, which nobody can be held to.
ABSTRACT = listed(
    "方面 提升 转变 坚持 统筹 结合 层面 环节 阶段 维度 步骤 批次 问题 关键 原则 目标 确保 任务 措施 举措 工作 指标 内容 要求 职能"
    " 条件 权利 重大 重点任务 重点工作 主要任务 统一 同步 融合 到位 不变 优先 率先 着力 更加 聚焦 强化 走在 以上率下 大幅 显著 全面 清单"
    " 没有 一 支撑 定位 突破 梯队 序列 类别 类型 主题 板块 系列 专题 部分 字 时段 时期 环境 群体 窗口 月内"
)

_UNIT_WORDS = listed(
    "人次 人/次 人（次） 人(次) 名次 场次 家次 班次 架次 户次 篇次 项次 件次 车次 台次 台（套） 台(套) 台套 台/套 个工作日 工作日 个百分点 百分点"
    " 个学分 学分 个学时 学时 课时 个月 个学期 学期 小时 个小时 分钟 平方公里 平方千米 平方米 立方米 平米 ㎡ 公里 千米 公顷 公斤 千克"
    " 斤 吨标准煤 吨标煤 吨 千瓦时 千瓦 兆瓦 吉瓦 美元 元 年 天 周岁 岁 周 人 名 位 个 所 家 门 种 项 支 对 套 场（次） 场(次) 场 次 期"
    " 件 本 部 册 篇 张 座 处 间 台 辆 艘 架 条 亩 户 村 株 棵 头 只 羽 例 款 类 倍 份 片 块 栋 幢 轮 站 组 班 队 幅 首 把 盏 根 米 升"
    " 标准煤 标箱 标准箱 卡 床 分 大卡 毫克/立方米 微克/立方米 艘次 节 讲 集 例次 宗 兆 Tbps Gbps Mbps TB PB EFLOPS PFLOPS EFlops PFlops EFLOPs PFLOPs MW GW"
)
UNITS = "|".join(re.escape(u) for u in sorted(_UNIT_WORDS, key=len, reverse=True))
# Units by which small Chinese numbers count real things.
CHINESE_UNITS = "|".join(
    listed(
        "人次 名 人 所 家 座 支 门 间 处 条 场次 场 次 个百分点 个 项 套 期 部 种 本 台 户 亩 倍 位 张 元 对 辆 学时 课时 学分"
    )
)
TIME_UNITS = frozenset(listed("年 天 个月 周 小时 个小时 分钟 个工作日 工作日 学期 个学期"))
