// Words by which written Cantonese, Shanghainese (Wu), Southern Min and Hakka are told from Mandarin, and words of Mandarin that hold
// the same characters by chance (関系度 is no 系度). Simplified characters; text is compared in simplified writing.
// The longest word at a place counts, and the reading goes on behind it.

/** By number. */
export const VARIETIES = ['yue', 'wuu', 'nan', 'hak', 'cmn'] as const;
export type Variety = (typeof VARIETIES)[number];

/** What a word says: the number of a variety, then how much it speaks for it, and so on. An empty list says nothing, and hides what it holds. */
export type Marker = readonly number[];

/** `variety weight word word …` a line; `-` for words that say nothing. */
const LINES = `
yue 3 嘅 咗 喺 哋 嚟 啲 嗰 冇 嘢 㗎 啱 噉 喎 攞 瞓 嘥 攰 冚 揾 搵 谂 掟 嬲 咁 孭 踎 冧 㨂 𠸎 𠵱 𡃁 𨋢 𠻹 嚿 噃 啩 乜嘢 乜野 做咩 黐 戆居 冚家 嘞喂 唔该 唔使 唔系 唔得 唔知 唔会 唔想 唔要 唔见 唔同 唔够 唔识 唔该晒
yue 3 点解咁 边度 边个 做乜 听日 屋企 钟意食 呢啲 雪柜 着衫 倾偈 倾计 咩料 咩事 有咩 冇咩 系咪 系唔系 好唔好 得唔得 使唔使 识唔识 唔好意思 唔紧要 唔关 唔洗 唔舍得 唔记得 唔觉 唔喺 唔驶 唔掂 唔通 唔怪之得
yue 2 咩 乜 睇 畀 俾 嗌 劏 啫 而家 依家 宜家 家下 边位 边间 边条 边队 点解 点样 点算 点知 点会 寻日 琴日 寻晚 琴晚 听晚 听朝 啱先 头先 呢度 呢个 呢条 呢件 呢位 呢班 呢排 呢张 呢间 呢次 呢几 呢只 呢份 呢单 呢样 呢种 呢家 呢边 同埋 即系 梗系 紧系 就系 都系 但系 系度 系边 佢系 我系 你系 仲有 仲未 仲要 仲可以 仲系 仲会 仲想 仲唔 仲话 仲好 仲喺 仲系度 仲得 返工 放工 返学 放学未 返嚟 返屋企 落雨 揸车 得闲 好彩 搞掂 得未 食未 到未 阵间 一阵间 一齐食 识得 钟意 话俾 话畀 话我知 话你知 俾我 俾你 俾人 估唔到 平啲 住先 走先 等阵 等埋 快啲 细路 细佬 老豆 老窦 阿嫲 靓仔仔 我地 你地 佢地 人地 果度 果阵 返黎 出黎 过黎 黎啦 黎紧 黎到 我既 你既 佢既 系既 好既 嗰度 做紧 食紧 睇紧 讲紧 行紧 返紧 等紧 玩紧 揾紧 用紧 瞓紧 倾紧 开紧 卖紧 搞晒 食晒 多谢晒 齐晒 卖晒 用晒 攞返 买返 做返 睇返 俾返 打返 着返 还返 做埋 食埋 买埋 收埋 扑街 仆街 屌你 痴线 衰仔 死仔 揾食 揾工 晏昼 朝早 下昼 上昼 挨晚 士多 插苏 银包 着鞋 除鞋 除衫 点做好 讲笑 成日都 净系 净得 先至 咪住 咪玩 咪搞 咪咁 系啊 系呀 系吖 系啦 系噃 真系 不如食 食饭 食饱 食嘢 食药 食烟 食晏 食早餐 食夜宵 饮饮食食 饮嘢 点都 点讲 讲嘢 同你讲 同我讲 同佢讲 好劲 好攰 好正 好靓 几靓 几好 几贵 几钱 几大 几远 几耐 好耐 咁耐 幾时
yue 1.5 唔 系咁 定系 几多 边有 行街 收声 收皮 朱古力 阿sir 点去 点行 点用 点玩 点搞 喇吗 返去 落去 落车 落堂 落班 揸 执返 执嘢 大镬 醒目仔 后生仔 鬼佬 傻仔 唛 抵食 抵买 惊死 唔惊 边啲
yue 1 一齐 靓 几时 成日 一阵 讲真 靓女 靓仔 拍拖 埋单 仲 吖 啵 囖 返 拎 饮茶 饮水 夜晚 得意 单车 手袋 落雪 收工 执 煲 嗮 咯喂 埋嚟 行开 行先 行路 企喺 企 瞅 着住 惊 话 搞错 大佬 阿妈 抵 廿
yue 0.5 啦 喇 好多 今晚 今朝 听 先 埋 边 食 饮 行 傾 倾 同 未 住 啊嘛 巴士 系
wuu 3 覅 伲 哪能 搿 呒没 呒 侪 辣海 辣辣 勒海 勒拉 伊拉 里向 啥辰光 啥体 勿晓得 勿是 勿好 侬好 谢谢侬 对勿起 屋里向 㑚 倷 困觉 小囡 白相 汏 拨侬 搭侬 一眼眼 覅忒 上海闲话 唔没 勿来三 勿搭界 海威 来三 勿碍 老好额 蛮好额
wuu 2 侬 辰光 啥个 对伐 好伐 是伐 有伐 要伐 晓得伐 勿会 勿要 勿关 勿灵 格个 格么 个么 辣该 明朝会 老灵 灵光 阿是 拨我 伊讲 老清爽 今朝头 夜里向 夜到 日里向 小菜场 囡囡 汰浴 汰手 衣裳 弄堂里 阿姨妈 洋伞
wuu 1 伊 勿 伐 晓得 啥 今朝 欢喜 拨 闲话 蛮 脱 哉 弄堂 再会 做啥 啥人 忒 格 老早 老底子 额
nan 3 佮 𣍐 啥物 囡仔 查某 查埔 佗位 按怎 毋知 毋通 毋免 毋但 毋是 今仔日 明仔载 昨昏 逐家 佮意 甲意 媠 代志 歹势 拍拼 拍谢 呷饱 呷饭 毋过 猶原 犹原 这马 斗阵 无彩 囝 袂使 袂晓 袂记 厝内 甘有 敢有 敢会 敢是 敢欲 毋甘 予我 予你 予伊 共伊 共你 共我 紧来 阮兜 恁兜 阮厝 歹年冬 趁钱 阿母 食饱未 咱兜
nan 2 袂 遐 厝 恁 毋 暗时 头家 后摆 细汉 免客气 逐日 逐工 无爱 拢是 拢有 拢无 拢会 暗顿 早起 中昼 下昏 昨日仔 哪会 按呢 安呢 即阵 这阵 佗 啥人 欲去 欲食 欲买 欲来 欲创 欲做 有够 足好 足媠 足大 足濟 啥款 转去 讲话 听无 看无 食无 无代 甲你 甲我 甲伊
nan 1 阮 伊 咧 拢 欲 予 遮 濟 阁 啥 足 敢 咱 食 袂少 毋才 着 共 阿公 阿嬷
hak 3 𠊎 摎 㧡 嫽 粄 𢯭 𢫦 脉个 脉介 毋系 毋知影 恁仔细 食朝 食昼 食夜 转屋 屋下 今晡日 今晡 天光日 昨晡 暗晡 睡目 细赖 细妹 承蒙你 等路 在奈 奈位 做么个 么个 有么 佢兜 涯兜 你兜 厓 毋好 毋会 毋使 毋爱 毋得 恁久 恁靓 恁好 恁多 客话 分我 分佢 打嘴鼓 涯系 涯爱 涯毋 涯食 涯去
hak 2 恁 毋 汝 厥 朝晨 下昼 暗夜 细人 阿姆 洗身 无闲 讲么 分你 同佢 摎你 涯 偓
hak 1 佢 系 识 食 转去 承蒙 日头 无 爱 讲 兜 个 涿
cmn 1 的 了 吗 这 那 们 他 她 没 什么 怎么 哪里 哪个 哪儿 为什么 现在 昨天 明天 后天 吃 喝 给 很 这里 那里 那边 这边 这个 那个 多少 起床 睡觉 喜欢 漂亮 孩子 儿子 谁 她们 他们 我们 你们 咱们 它 一下 吧 呗 觉得 东西 妈妈 爸爸 刚才 刚刚 这样 那样 怎样 因为 可是 有点 一点 上班 下班 回来 回家 出来 起来 不是 是不 不要 不会 不用 不行 不能 不好 不知道 没有 还有 还是 还没 已经 可以 正在 告诉 哪 还 跟 太 站 把
cmn 0.7 不 是 在 说 看 知道 得 着 和 找 被 让 拿 想 里 也 都 地 儿 回 您 嘛
- 阿拉伯 阿拉善 阿拉斯加 阿拉丁 阿拉木图 阿拉蕾 曼阿拉 伊拉克 弗朗 弗兰 弗里 弗雷 弗洛 弗吉 阿弗 爱弗 自愧弗如 辣椒 麻辣 辣条 香辣 酸辣 辣酱 火辣 辛辣 辣妹 微辣 泼辣 变态辣 中辣 特辣 不辣 爱吃辣 吃辣 步伐 讨伐 砍伐 杀伐 北伐 矜功伐 党同伐 请勿 切勿 非诚勿扰 勿忘 勿念 拨打 挑拨 拨款 拨号 划拨 调拨 蛮横 野蛮 蛮力 脱离 摆脱 脱贫 脱口 解脱 逃脱 价格 资格 规格 格式 表格 性格 严格 格外 格局 合格 风格 人格 及格 格子 格力 名额 金额 余额 额度 额外 总额 全额 差额 限额 额头 税额 定额 衣裳
- 不如 固定 特定 一定 稳定 决定 确定 规定 指定 制定 鉴定 你呢 他呢 她呢 我呢 我系统 你系统 佢系统 都系统 就系统 我系列 你系列 都系列 一阵风 一阵子 关系 联系 体系 干系 系统 系列 系数 维系 派系 直系 中文系 英语系 院系 学系 本系 外语系 星系 嫡系 语系 水系 谱系 太阳系 银河系 确系 确系 纯系 仲裁 伯仲 仲夏 仲秋 仲春 昆仲 仲介 咪咪 猫咪 咪表 麦克 喇叭 喇嘛 哈喇 呼喇 宜家家居 去宜家 逛宜家 宜家的 宜家买 适宜家 啫喱 氹仔 靓丽 靓号 乜斜 一点解 重点解 观点解 难点解 疑点解 痛点解 特点解 优点解 缺点解 几点解 点解决 点解释 点解读 点解析 点解答 点解封 点解散 点解说 点解除 点解开 点样子 点样本 点样品 一点样 点算法 点算力 点算 点知识 点知道 一点都 晚点都 早点都 点会议 一点会 几点会 点会合 点会面 晚点会 早点会 点点头 差一点会 即系 几时间 边个 打紧 要紧 抓紧 赶紧 加紧 拧紧 握紧 紧张 紧急 紧密 收紧 吃紧 不打紧 晒 晒太阳 晒晒 晾晒 防晒 晒图 晒单 埋怨 掩埋 埋头 埋伏 埋没 活埋 淹埋 返回 往返 返利 返现 返点 返程 返还 返乡 返校 返修 返聘 重返 遣返 返航 返佣 返款 返岗 返工率 流连忘返 粮食 食物 食品 美食 饮食 食堂 食欲 零食 食材 食用 主食 素食 食谱 食客 绝食 进食 伙食 辅食 甜食 面食 副食 食盐 饮料 饮品 餐饮 冷饮 饮酒 饮食店 热饮 软饮 银行 行业 行为 行动 进行 行程 执行 流行 旅行 行李 举行 飞行 运行 不行 行情 行政 同行 发行 支行 一行 实行 自行 行长 行吗 行的 行了 还行 步行 可行 就行 出行 先生 首先 先进 优先 事先 原先 率先 先后 先前 预先 领先 祖先 早先 听说 听见 听到 打听 听听 动听 好听 听话 听力 听众 听取 听证 难听 未来 未必 未知 未成 尚未 从未 未能 未经 未免 未婚 并未 未曾 未有 还未 住院 住宿 居住 入住 住房 住址 记住 住在 住户 站住 忍住 住宅 住处 不住 抓住 留住 守住 同时 同意 同学 同事 合同 相同 不同 共同 同样 同步 同志 认同 同比 一同 同款 同城 同行 陪同 同样的 边界 旁边 身边 周边 边缘 这边 那边 海边 一边 外边 里边 左边 右边 边上 前边 后边 上边 下边 东边 西边 南边 北边 边角 路边 河边 手边 窗边 床边 单边 双边 边境 边疆 去边境 边防 半边 多边 对话 电话 说话 话题 的话 神话 会话 普通话 话费 笑话 通话 话术 废话 实话 喊话 好话 听话 大话 谈话 坏话 回话 房企 国企 企业 民企 央企 企图 企划 企鹅 企微 车企 药企 校企 私企 外企 名企 执行 执照 执着 固执 执法 争执 回执 讲座 讲师 讲究 讲解 讲话 演讲 讲课 讲述 听讲 主讲 讲义 讲堂 讲讲 宣讲 讲台 宣讲会 意识 知识 认识 识别 常识 共识 标识 识破 见识 学识 相识 熟识 衬衫 衫子 汗衫 盛衰 衰老 衰减 衰退 衰弱 吃惊 惊喜 惊讶 惊人 震惊 惊叹 惊慌 惊吓 惊艳 抵押 抵达 抵扣 抵制 抵抗 抵触 大抵 抵消 抵御 抵用 联袂 衣袂 分袂 毋庸 毋须 毋宁 毋忘 宁缺毋滥 遐想 闻名遐迩 安厝 予以 给予 授予 赋予 寄予 准予 免予 不予 欲望 食欲 情欲 意欲 性欲 私欲 购买欲 求知欲 摇摇欲坠 靠拢 拉拢 聚拢 合拢 围拢 收拢 遮挡 遮盖 遮住 遮阳 遮瑕 遮掩 阁楼 内阁 出阁 楼阁 足够 满足 不足 充足 足球 足以 足疗 十足 手足 足迹 立足 知足 长足 勇敢 果敢 不敢 敢于 敢不敢 都敢 咱们 可爱 爱人 爱情 爱好 恋爱 亲爱 热爱 爱心 爱护 最爱 友爱 爱国 无法 无论 无关 无聊 无需 无效 无奈 无线 无限 无语 毫无 无数 无比 无所谓 无意 无人 无疑 有无 个人 个月 一个 两个 几个 每个 整个 各个 个性 个别 三个 多个 个体 个小时 阿姆斯特丹 涯 生涯 天涯 无涯 天涯海角 汝州 汝南 汝窑 昏厥 晕厥 大放厥词 兜里 兜底 兜售 网兜 吾皇 吾辈 伊朗 伊斯兰 伊利 伊春 伊犁 木乃伊 伊始 伊人 伊甸 下车 下去 买单 么多 那么 这么 多么 要么 呢帽 毛呢 呢绒 呢大衣 呢子 唔唔 蚊子 蚊香 蚊帐 驱蚊 灭蚊 蚊虫 防蚊 拎包入住 煲汤 电饭煲 煲剧 唔好的 唔是的 唔我 唔你 唔那 唔这 唔对 唔可以 唔没 唔还 唔行 唔嗯 唔好吧 唔明白 唔知道了
yue 3 唞 餸 㖞 嗱 冇得 佢哋 嗮
yue 2 佢 肚饿 早唞 冻柠茶 打边炉 凑仔 落楼 弊家伙 是但 咪理 好惊 抖下 试下先 出粮 份粮 住边 激气 好夜 好冻 好味 讲紧 冇心 嚟紧 得唔 唔晒 啱啱 点呀你 点做 边处 边间 返到 返过 返咗 唔该你 阿嫂 阿哥仔 奀 嗌外卖 仲系 仲可 仲边 话晒 讲晒 话人 多啲 少啲 早啲 大啲 细啲 远啲 近啲 好啲 得返 睇来 食得 食唔 饮唔 听唔 讲唔 做唔 去唔 买唔 行唔 住唔 使唔
yue 1.5 去边 去街 见工 死咗 激死 未呀 未啊 未返 柠茶 好彩数 蚊鸡 大大话 嘥气 呃人 呃我 呃你 靓嘢 硬系 话事 话之 劲多 劲好 劲靓 得把 孤寒 论尽 烦过 讲过晒 唥 孻 心淡 手信 头痕 饮胜 顶唔 顶你 霸住 执位 掹 拧转 返屋 企喺 埋嚟 埋位 屋邨 公屋 唐楼
yue 1 识 衰 衫 镬 嘈 叻 的士 搭车 上堂 讲 转工 塞车 费事 试下 提醒下 得啦 死啦 无问题 份文件 过海 过关未 老细 人工 雪糕 搬屋 好烦 好快 好慢 屯门 元朗 旺角 铜锣湾 尖沙咀 中环 深水埗 观塘
yue 2 落紧 搭紧 坐紧 煮紧 去紧 听紧 饮紧 住紧 学紧 谈紧 买紧 帮紧 整紧 处理紧 跟进紧 排紧 写紧 问紧 改紧 利是封 派利是 封利是 逗利是
yue 1.2 紧 晒
yue 1 梗 大话 而今 老母 头尾 生猛 利是
yue 0.5 郁 冷气 早晨 算啦 煮饭 蚊
wuu 2.4 阿拉 物事 交关
wuu 1 弗
nan 2 呷 伫
nan 1 啉
- 生死交关 性命交关 俾斯麦 俾路支 伊拉克 衣食住行 唯利是图 早点呀 几点呀 晚点呀 差点呀 去边境 去边上 去边疆 去边界 去边缘 紧跟 紧缺 紧凑 紧接 紧盯 紧身 紧绷 松紧 紧紧 手头紧 时间紧 紧随 紧俏 关紧 系紧 勒紧 抱紧 紧固 紧致 太紧 很紧 绑紧 夹紧 握紧 贴紧 锁紧 不紧 有点紧 比较紧 任务紧 盯紧 跟紧 闭紧 暴晒 晒黑 晒干 晒出 晒衣 日晒 晒被 晒后 晒娃 晒照 晒一晒 晒了 晒着 晒得 被晒 晒伤 晒幸福 晒朋友圈 大话西游 说大话 梗概 桔梗 心梗 脑梗 什么梗 这个梗 玩梗 老梗 烂梗 硬系统 话事人 一味地 后生可畏 而今年 阿拉法特 阿拉贡 阿拉布 科迪勒拉 弗格森 热辣辣 火辣辣 伫立 喹啉 支支吾吾 伊吾 郁郁 忧郁 浓郁 抑郁 郁闷 郁金香 兴衰 半衰期 亚里士多德 亚里士 多士 识字 结识 赏识 辨识 相识 无意识 有识之士 胆识 行话 话中 话里 意识到 人工智能 人工客服 人工审核 人工成本 转人工 人工服务 人工湖 手工
`;

export const MARKERS: ReadonlyMap<string, Marker> = readLines();
function readLines(): Map<string, Marker> {
  const markers = new Map<string, Map<string, number>>();
  for (const line of LINES.trim().split('\n')) {
    const [variety = '', ...rest] = line.split(' ');
    const words = variety === '-' ? rest : rest.slice(1);
    for (const word of words) {
      const known = markers.get(word) ?? new Map<string, number>();
      markers.set(word, known);
      if (variety !== '-' && !known.has(variety)) known.set(variety, Number(rest[0]));
    }
  }
  const numberOf = (variety: string): number => VARIETIES.indexOf(variety as Variety);
  return new Map(
    [...markers].map(([word, weights]) => [
      word,
      [...weights].flatMap(([variety, weight]) => [numberOf(variety), weight]),
    ]),
  );
}

/**
 * Length of the longest marker of two or more characters that begins with these two, 0 when none does: by {@link pairOf}, now and then too
 * long.
 */
export const PAIRS: Uint8Array = measurePairs();

const singles = [...MARKERS.keys()].filter((word) => word.length === 1);

/** Markers of one character, by {@link STARTS}; the first two say nothing. */
export const SINGLES: readonly Marker[] = [[], [], ...singles.map((word) => MARKERS.get(word) ?? [])];

/** Code unit → 0 when no marker begins with it, else its place among {@link SINGLES}. */
export const STARTS: Uint16Array = numberStarts();

/** At the end of a text the second is 0. */
export function pairOf(first: number, second: number): number {
  return (Math.imul(first, 31) + second) & 0xffff;
}

function measurePairs(): Uint8Array {
  const pairs = new Uint8Array(0x10000);
  for (const word of MARKERS.keys()) {
    if (word.length < 2) continue;
    const pair = pairOf(word.charCodeAt(0), word.charCodeAt(1));
    pairs[pair] = Math.max(pairs[pair] as number, word.length);
  }
  return pairs;
}

function numberStarts(): Uint16Array {
  const numbers = new Uint16Array(0x10000);
  for (const word of MARKERS.keys()) numbers[word.charCodeAt(0)] = 1;
  for (const [index, word] of singles.entries()) numbers[word.charCodeAt(0)] = index + 2;
  return numbers;
}
