// Sentences for the policy library, written by hand as people of a financial firm type them, apart from the policies and their tests: some of
// which a policy should find, and business talk that uses the same words and breaks nothing. Not what the policies are written from.

const lines = (text: string): string[] => text.trim().split(/\s*\n\s*/);

/** Policy → messages it should find. `EN` and Cantonese stand among them. */
export const VIOLATIONS: Readonly<Record<string, readonly string[]>> = {
  'no-guaranteed-return': lines(`
    姐，这个真的保本，我妈都买了
    這隻基金保證收益6%以上
    零 风 险，闭眼买
    保苯保息，签合同的
    稳zhuan不赔，跟着我就行
    亏了我给您补上，放心
    本金绝对安全，到期连本带息
    收益锁定在8%，写进补充协议
    年化15%打底
    年化九个点，比银行强多了
    月息1.5%，按月打卡
    我们这款是刚兑的，公司兜底
    您就放一百个心，肯定不会亏的
    收益不低于5%，低了我赔
    每月固定给您分红2000
    保✨本✨理财，限量
    這個產品無風險，閉眼入
    承诺给您回报，白纸黑字
    躺着赚钱，包赚不赔
    保底6个点，上不封顶
    老板放心，本金这块一分钱都不会少您的
    这个月这款零風險，额度不多
    跟您保证，收益肯定有5个点
    保本保收益，您睡得着觉
    稳赚的买卖，赔了找我
    年化收益率能做到8.8%
    六个月期，年化7个点，到期一次付
    给您锁定4.5%的收益
    baoben的，您放心入
    没有任何风险，随时可以取
    旱涝保收，比定期强
    只赚不赔的机会
    我给您兜底，亏的部分公司出
    日收益0.3%，天天到账
    收益保底4%，多的归您
    这个产品保.本，您别犹豫
    无風險套利，跟上
    保证您每年8%的收益
    收益率锁定5.2%，写进合同
    稳稳赚钱，绝不亏本
    本息都有保障，百分百
    亏损部分我个人补偿您
    年化收益10%到12%
    您放心，肯定赚
    包您满意，收益包在我身上`),
  'guaranteed-return-en': lines(`
    We guarantee a 10% return on this fund
    Guaranteed returns, no questions asked
    this is a risk free investment, trust me
    You can't lose money with this one
    Your capital is 100% safe with us
    it's a sure-profit product
    There's no risk whatsoever
    guarantee you at least 8% yield
    your principal is fully guaranteed
    gu@ranteed return of 12% p.a.
    returns are guaranteed by the bank
    I can guarantee your profit on this one
    zero risk, pure profit
    It's a guaranteed 9% yield, sign today
    you will never lose your principal
    this fund is risk-free, seriously
    guaranteed 8 percent a year
    We promise you a fixed return
    there's absolutely no risk
    you'll get your money back guaranteed, plus profit`),
  'cantonese-promise': lines(`
    呢隻實賺㗎，信我啦
    包賺，唔使諗
    唔使驚蝕，有我睇住
    買咗冇得輸㗎
    穩陣過銀行，唔會蝕
    一年8厘，實收
    冇风险嘅，放心
    包你有5厘息
    蝕咗我包，好唔好
    梗系賺啦，我阿媽都買咗
    保證你有得賺，唔會蝕
    呢個計劃包賺，我自己都買
    唔使驚，冇風險㗎
    保證有7厘
    實賺冇走雞
    擔保你賺錢
    包贏㗎，信我
    一定唔會輸錢
    收息6厘，梗有`),
  'off-channel': lines(`
    这里说话不方便，加我微信聊吧
    加个V，13800138000
    我的vx：lucky_8899
    加 薇 信 详聊
    换WhatsApp说，这边有监控
    Telegram找我 @wealth_jack
    用我QQ 88776655
    飞书上找我，这里不留痕
    whatsapp我 +852 9123 4567
    let's take this to Signal
    text me on WhatsApp, not here
    加我私人微信吧，企微不方便
    我weixin号 abc_9527
    唔好喺度講，tg搵我
    tg: moneyking88
    ➕薇 wealth2026
    发我私人邮箱 jack.w@gmail.com
    去纸飞机聊
    请加扣扣详谈
    t.me/fastprofit
    咱们微信说吧，我号是 hello_9988
    您加下我个人号 wx: zhaojl1988
    上飞书聊，这里录着呢
    WA me at +852 6123 4567
    打我私人手机，别打公司的
    + v: caifu666
    扣扣 445566778
    把材料发我QQ邮箱 123456@qq.com
    drop me a line on Telegram
    我们换个地方聊，这里不安全
    加威信 fund8899
    转去whatsapp傾啦
    add my private WeChat: amyfund
    Line ID: goldfund
    私聊我微信
    加我v详聊，v：fund_188
    方便的话加一下我的飞书
    这边说不方便，WhatsApp聊
    我的电报 @boss_li
    请加我小号微信
    call me on my personal mobile
    威♥xin：abc88990
    可以加你私人微信吗
    上Skype講
    let's chat on WeChat instead`),
  'delete-records': lines(`
    把刚才的聊天记录都删了
    检查前清一下录音
    这段对话别留痕
    删掉证据，别让合规看到
    delete all those messages before the audit
    please erase the chat history tonight
    唔好留底
    把那几条del晒佢，啲msg
    清空这个群的聊天記錄
    records should be shredded: shred the client records today
    合同倒签到上个月
    替客户把字签了，模仿签名就行
    Can you backdate the form to March?
    日期改早两天
    聊完就阅后即焚
    昨天群里那几句赶紧撤回删了
    把邮件往来记录清掉
    聊天截图和记录统统删除
    Make sure there's no paper trail
    erase every message about the deal
    录音笔里的东西处理掉
    千万别留下证据
    唔好留record
    回去把合同日期往前写一个月
    流水做漂亮点再交
    聊完记得删记录
    把相关邮件彻底删除，证据不能留
    please clear our chat history
    群聊天记录清一清
    日期倒填一下
    shred everything before Monday`),
  'insider-talk': lines(`
    我有内幕消息，下周重组
    财报还没公布，你先上车
    公告前赶紧建仓
    未公开的信息，别外传
    收到風，聽日公布之前入貨
    got some inside information on the merger
    buy before it is announced
    neimu消息，懂的来
    基金下单前我们先买一点
    做个老鼠仓，没人知道
    趁公告之前买入
    this is non-public info, keep it quiet
    我们内部消息说要停牌
    we front-run the big order
    他们业绩未披露，但我看了信息
    圈内消息，年报出来前先埋伏一点
    他们董秘说的，重组还没公告，你懂的
    有個貼士，聽日開市前買
    内幕：明天停牌，信息绝对可靠
    I've got a tip from inside, buy now before they go public
    未披露的财报数据我看过了
    披露之前先清仓
    這是內幕消息，千萬別外傳
    抢在公布前买入
    内.幕.消.息，速来
    重组方案下周公告，现在上车还来得及
    这个消息没公开，你自己知道就好
    we have non-public information on earnings
    有料到，聽日沽晒佢`),
  'gifts-and-kickbacks': lines(`
    事成之后给您3个点回扣
    给采购塞点好处
    送领导两瓶茅台
    购物卡给您放前台了
    茶水费照旧
    huikou老规矩
    there's a kickback in it for you
    we can settle that under the table
    返点打你卡上，私下返点
    佢收片㗎，唔使驚
    中秋给王总送点礼金
    给您带了条中华烟，现金也备好了
    I'll send you some gift cards for approving it
    过来就给你好处费
    俾茶錢佢啦
    返您2个点，现金走
    事情办成少不了您的好处
    给刘处送张京东卡
    回.扣按老规矩来
    佣金之外另给你辛苦费
    I'd bribe the inspector if I were you
    过节给客户经理塞个红包，一万
    畀茶錢就搞掂
    送您一块名表
    kick back 5% to me
    给你留了一成回扣
    王处的心意已经送到
    加油卡两千，放您桌上
    事成后有重谢，现金
    offer him a bribe
    收咗人哋茶錢`),
  harassment: lines(`
    你他妈就是个废物
    傻.逼 滚远点
    今晚来我房间聊聊
    你穿性感点来陪酒
    再不还钱弄死你
    仆街，收皮啦
    you are such an idiot
    send me nudes
    I know where you live, watch your back
    戇鳩，食屎啦
    发张裸照来看看
    小心你的家人
    搵人打你
    你这个蠢货
    胸真大
    脑残吧你
    滚远点，别来烦我
    你再说一句试试，我打断你的腿
    陪我睡一晚，单子就给你签
    胸好大，给哥摸摸
    SB东西
    收聲啦你個八婆
    shut the fuck up
    you look so sexy tonight, come to my room
    信不信我找人弄你
    你是不是脑子有病
    废物一个，滚
    晚上单独来我房间
    再闹就弄死你全家
    死八婆
    you're a worthless idiot`),
  phishing: lines(`
    您好，请把收到的验证码发给我
    点击链接领取现金红包
    老板让你马上转账5万到这个账户
    您的账户将被冻结，请立即登录 icbc-safe.com
    http://103.21.4.9/login 输入账号
    send me the OTP you just received
    please wire it to my personal account today
    扫码领补贴，名额有限
    登录 https://wechat-verify.top 认证
    刷单返利，日结佣金
    個驗證碼俾我
    这里是公安局，你涉嫌洗钱
    请转入安全账户
    your account will be suspended, act now
    请先交解冻费
    短信验证码报给我一下，我帮您操作
    恭喜中奖，先缴税再领奖
    这是银监会安全账户，请尽快转入
    登录 http://alipay-verify.com 解冻
    扫码领取国家补贴
    please share the OTP with me
    我是张总，帮我买点充值卡，急
    您的社保卡异常，点 hxxp://gov-sb[.]top 处理
    帮我代付一下，晚上还你
    轉數快俾我個人戶口
    把手机收到的6位数字验证码告诉我
    扫码领红包，点击 http://47.98.12.3/hb
    你的账号将被停用，请点击验证
    send me your password to verify
    icbc-online.cc 登录更新资料
    先交保证金再放款`),
  'client-list-leak': lines(`
    客户名单我导出来了，打包发你
    send me the full client list
    高净值客户名单要不要，便宜
    卖客户资料，一条5块
    我把客户名单拷走了
    個客list我send俾你
    客户通讯录发您邮箱了
    can you forward the customer database to my gmail
    跳槽前把客户清单带走
    导出客户花名册给他
    把VIP客户的名单发我一份
    客户名单5毛一条要吗
    走之前把客户清单拷到U盘
    I'm taking the client list with me
    熟客名單俾你
    投资者通讯录卖给你
    把全部客户名单导出给我
    大客户清单发你微信
    forward me the customer contacts
    会员名单打包卖`),
  'source-code-leak': lines(`
    源代码我打包发你网盘
    把策略代码拷一份给我
    I can send you the source code
    copy the repo before you leave
    量化模型卖给你，三十万
    代码库权限给你，带走
    因子库发给您
    share the whole codebase with them
    源码要不要
    个repo我send咗
    回测代码和策略源码都给你拷一份
    git仓库我整个打包了，源码在里面
    sell the source code to them
    源码包发网盘了
    take the codebase home
    交易系统源码发你邮箱
    把策略代码压缩发过来
    I uploaded the source code to my drive`),
  credentials: lines(`
    密码是Abc@2026，别告诉别人
    登录密码：Qwer!234
    my password is Tr0ub4dor&3
    mysql://root:S3cret!x@10.1.2.3:3306/prod
    数据库账号root密码Aa998877
    pwd: Zx_88921
    -----BEGIN PRIVATE KEY-----
    口令改成 Winter#2026
    AppSecret：0123456789abcdef0123456789abcdef
    華為雲AK：K3JX9QMZ27LPVTR8SWB4
    服务器root密码 Qa!2026x
    账号zhangsan 密码Zs#889900
    LTAI5tKq8Zr3Wm7Xp2Vn9Bc4Hd6J 是AK
    the admin password is Winter2026!
    redis://:p4ssw0rd@10.2.3.4:6379
    VPN密码 Hk#20268x
    password: Welcome1!
    密钥：9f8a7c6b5d4e3f2a1b0c9d8e`),
};

/** Business talk with the same words, of which none should be found. */
export const OFFICE_TALK: readonly string[] = lines(`
  本产品不保本，最大回撤可能超过20%
  客户问有没有保本的，我说现在没有这类产品了
  资管新规之后刚兑已经被打破
  请注意任何承诺保本的都是骗子
  不能跟客户说稳赚，这是红线
  保本型产品早就停售了，别再提
  我们确保本月对账单准时寄出
  历史业绩不代表未来表现，年化仅供参考
  七日年化1.86%，详见公告
  近三年年化波动率18.2%
  收益率曲线倒挂了
  利息按日计提，季度末结算
  存款利率下调到1.1%
  请客户签收益不保证的确认书
  锁定期一年，期间不能赎回
  无风险利率取十年期国债
  固定收益部的同事下午过来
  Past performance is no guarantee of future returns
  There is no such thing as a guaranteed return
  The bank guarantee expires on Friday
  We cannot guarantee delivery before Monday
  The risk-free rate is the ten year yield
  Returns are not guaranteed
  呢隻基金有風險，唔保證賺錢
  股市有升有跌，唔好諗住實賺
  加微信群的同事看一下公告
  公司的微信公众号更新了
  请通过企业微信联系我们
  客户说要加我微信，我婉拒了
  不要加陌生人微信
  WhatsApp Business的数据合规怎么做
  飞书文档链接失效了
  QQ邮箱收不到附件
  Telegram被监管处罚的新闻看了吗
  Please keep all communication on this channel
  请勿删除聊天记录，审计要用
  聊天记录保存二十年
  系统自动清理缓存
  把这条记录补进台账
  删除重复的一行数据
  录音文件已归档
  请清空购物车后重新下单
  Do not delete any records until the audit is over
  No record found for this account
  Please delete the duplicate row in the sheet
  日期写错了，重新打印一份
  内幕交易案例学习，周五下午
  内幕信息知情人登记表发您
  未公开信息管理办法请大家学习
  公告前不得买卖股票
  财报下周公布，静默期请勿对外
  公司公告已经发布，可以转发
  Insider trading training is mandatory
  We do not have any inside information
  严禁老鼠仓
  基金经理老鼠仓被判了，警示教育
  大盘公布数据前波动大
  反商业贿赂培训，严禁收回扣
  迟到会扣绩效
  供应商返点政策见合同第五条
  积分可以换购物卡
  中秋礼品请登记，不得收受礼金
  茅台股价又跌了
  名表鉴定的公众号
  公司给员工发的京东卡到了
  We have zero tolerance for bribery
  Declare any gift above 200 yuan
  饭店订好了，七点
  辛苦了，辛苦费我请你喝咖啡
  笑死我了哈哈哈
  累死了，今天加班
  这只股票真垃圾
  废物利用小组
  打死我也不信
  房间空调坏了
  胸部CT结果出来了
  神经病学的研报
  这个bug蠢死了
  My printer is an idiot
  I'd kill for a coffee
  您的验证码是482913，请勿告知他人
  验证码收不到怎么办
  凡是索要验证码的都是骗子
  红包雨活动晚上八点开始
  请领取您的电子发票
  转账到账了，谢谢
  请立即处理这个工单
  老板让你看下合同
  账户冻结原因请咨询柜台
  测试环境 http://192.168.1.20:8080/login
  官网 https://www.icbc.com.cn
  https://www.alipay.com 打不开
  客户名单请从CRM里查，不要外发
  客户资料补充齐全后再提交
  客户清单里少了一户，我补上
  不得导出客户名单
  Please update the client list in the CRM
  Our client contacts team will call you
  名单已公示
  源代码审计报告收到了
  开源代码的许可证要查
  股票代码600519
  二维码扫一下
  代码评审放到周三
  The source code review is on Thursday
  忘记密码请点击重置
  密码错误次数过多
  会议密码 889900
  Wi-Fi密码贴在前台
  请定期修改密码
  The password field is required
  请把身份证复印件带来
  手机号尾号8000的客户
  附件是补丁说明，不是程序
  合同扫描件见附件
  基金合同第三章第五条
  请在周五前完成反洗钱培训
  洗钱风险等级评估表
  代客理财是违规的，培训里讲过
  配资公司被查了
  年会节目单发一下
  孩子期中考试考得不错
  我在打车，十分钟到
  明早九点二楼会议室
  发票抬头发我一下
  这份PPT第五页的数字要改
  Can we move the call to 4pm
  The invoice is attached
  唔該幫我book個會議室
  今日收工飲茶
  聽日開會記得帶電腦
  個客想改地址
  呢份合約要重新簽
  佢話下星期先得閒
  落雨記得帶遮
  基金净值1.0235，涨了0.3%
  申购费率打一折
  定投每月500就行
  保险的犹豫期是十五天
  受益人写谁的名字
  税后到手多少
  房贷利率又降了
  国债明早开售
  大额存单额度没了
  理财到期自动续作
  赎回T+1到账
  黄金又涨了
  港股通额度用完了
  打新中签率太低
  北交所开户要两年经验
  风险测评过期了，请重新做
  双录要本人到场
  适当性匹配不通过
  请勿代客操作
  投诉单请转客服部
  产品说明书里写了本金不受保障
  这款是R4，可能亏损全部本金
  收益和风险成正比
  公司不会向您承诺任何收益
  保证金账户还差两万
  保本点在哪里要看公式
  我保证明天给您回复
  利息税怎么算
  承诺函已经签了，回报率见附件
  利率锁定协议发您
  保底工资三千
  行情稳了，赚钱效应起来了
  年化换手率300%
  Returns may go down as well as up
  We guarantee a reply within two days
  The guaranteed minimum wage was raised
  You may lose money
  No risk assessment was done yet
  保證金要補三萬
  我包你食飯
  呢度有風險披露
  您的企业微信收到了吗
  微信支付限额是多少
  微信步数今天第一
  QQ群文件过期了
  line 3 of the table is wrong
  Signal quality is poor
  Skype was shut down in 2025
  telegram cable的翻译
  请在飞书审批
  个人邮箱不要用来收工作邮件
  加号在右上角
  记录一下会议内容
  会议记录发群里了
  清理一下冰箱
  删除线格式怎么去掉
  通话记录保存完整
  The records department is on the third floor
  delete key is stuck
  There is no history of claims
  往前走两百米
  数据往前推一个季度
  内部消息系统升级
  财报发布会直播链接
  公布前三名的名单
  内幕交易罪怎么量刑
  front desk is running late
  好处是省时间
  给您送合同过去
  送您一本日历
  给领导汇报一下
  意思就是同意了
  茅台镇出差
  现金流折现模型
  手表没电了
  points are awarded to cardholders
  table under discussion
  傻傻分不清
  这天气真要命
  打死不退群哈哈
  今晚房间订好了
  性感模特广告被投诉
  Kill the process and restart
  验证码过期了
  密码保险箱
  短信验证码登录功能上线
  补贴政策解读
  红包封面做好了
  请尽快付款，合同约定30天
  公安局对面那家店
  老板在开会
  安全账户管理培训
  客户名单权限申请已批
  客户经理名单更新
  清单式管理
  名单里没有你
  源代码托管方案比选
  代码写得不错
  策略会在深圳开
  仓库盘点
  因子分析报告
  SELECT一下这个选项
  密码学课程
  pass the salt
  password policy updated
  API文档在wiki
  token通证经济学
  卡号开头6222是工行
  身份证过期要换
  手机号变更流程
  护照照片尺寸
  文件太大发不出去
  exe是可执行文件的意思
  压缩包解压失败
  版本1.2.3发布
  IP地址冲突
  下午茶吃啥
  地铁停运了
  孩子发烧请假
  周报今天交
  谢谢，辛苦了
  保本微利的生意不好做
  客户问保不保本，我答不保
  产品没有保本条款
  年化口径怎么统一
  我敢保证他没来
  风险自担，收益自享
  Guarantee letter attached
  Nothing is guaranteed in life
  擔保人要簽名
  微信扫码点餐
  加我一个名额
  line up the meeting
  删除键在哪
  记得备份聊天记录
  清一清桌面
  Please clear the table
  公告栏贴了通知
  信息安全周
  现在上车，司机到了
  意见已经送到
  重谢各位
  心意卡片
  offer letter sent
  脑子不够用了
  废纸回收
  晚上来会议室
  弄坏了打印机
  验证码图片看不清
  放款流程
  保证金比例调整
  http是什么
  登录页面改版
  大客户部聚餐
  会员日打折
  打包带走两份饭
  源码之家倒闭了
  上传发票到系统
  VPN连不上
  密码忘了
  密钥管理办法`);
