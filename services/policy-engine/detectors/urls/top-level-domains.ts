// Top-level domains, as IANA has delegated them: those under which a host is believed wherever it stands in a text, those that are
// words or endings of file names as often and need more (`www.`, a path, a port), and those in Chinese.

const words = (list: string): string[] => list.trim().split(/\s+/);

/** Believed without more. */
export const COMMON: ReadonlySet<string> = new Set(
  words(`
    com cn net org edu gov mil int info biz name mobi asia top xyz vip cc io co club site online store shop tech fun icu ltd group pub
    live app dev cloud wang ren xin ink kim work website space press host wiki video games game bank pay fit art cool run chat link
    click sbs cfd bond lol monster buzz quest cyou rest autos beauty hair makeup skin mom homes boats yachts world today life news
    email center company network systems digital agency media studio design blog social finance financial loan loans money credit
    insurance invest fund trade trading exchange market markets capital tax legal law doctor health care clinic hospital school
    university academy college training education edu review reviews support help services solutions software technology tools
    international global city house properties estate land rentals travel tours holiday flights hotel hotels food restaurant cafe bar
    pizza coffee fashion shoes jewelry gold gifts sale deals discount bargains cheap promo win bet casino poker lotto luxe rich red
    black blue pink green men love date dating sex porn adult xxx cam download stream party events tickets fyi guru ninja rocks
    zone plus one page pro tel travel jobs career careers aero museum coop post cat
    hk tw mo jp kr sg uk us ca au nz de fr nl eu ru ua pl cz se fi dk ch es pt gr tr il ae sa br mx ar cl th vn my ph id ng ke za tv
    ws gg lc
  `),
);

/** Exist as well, but are words, abbreviations or endings of file names: believed with a path, a port, `www.` or three labels. */
export const OTHER: ReadonlySet<string> = new Set(
  words(`
    ac ad af ag ai al am ao aq as at aw ax az ba bb bd be bf bg bh bi bj bm bn bo bs bt bv bw by bz cd cf cg ci ck cm cr cu cv cw cx cy
    dj dm do dz ec ee eg er et fj fk fm fo ga gb gd ge gf gh gi gl gm gn gp gq gs gt gu gw gy hm hn hr ht hu ie im in iq ir is it je jm
    jo kg kh ki km kn kp kw ky kz la lb li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mp mq mr ms mt mu mv mw mz na nc ne nf ni
    no np nr nu om pa pe pf pg pk pm pn pr ps pw py qa re ro rs rw sb sc sd se sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf
    tg tj tk tl tm tn to tt tz ug uy uz va vc ve vg vi vu wf ye yt zm zw
    zip mov foo day new dad phd prof nexus here how you play rip ist soy best box car cars bike band beer book save safe secure baby
    kids family fan fans film movie music photo photos pics pictures radio show sport sports team tube watch vote voyage wine work
    google youtube apple amazon baidu alibaba alipay taobao tmall weibo jcb citic icbc aws azure microsoft bing xbox
    onl ooo moe uno bio eco green gay tattoo toys tires supply supplies parts repair rent
  `),
);

/** In Han. Some are ordinary words, so that the label before them must be there without a blank. */
export const HAN: readonly string[] = words(`
  中国 中國 香港 澳門 澳门 新加坡 台灣 台湾 臺灣 佛山 慈善 集团 在线 点看 八卦 公益 公司 香格里拉 网站 移动 我爱你 联通 时尚 微博 淡马锡 商标 商店 商城
  新闻 家電 中文网 中信 娱乐 谷歌 購物 购物 通販 网店 餐厅 网络 網絡 亚马逊 食品 飞利浦 手机 政府 机构 组织机构 健康 招聘 大拿 世界 書籍 网址 天主教 游戏 企业
  信息 嘉里 广东 政务
`);

/** In other scripts that turn up in chats. */
const OTHER_SCRIPTS: ReadonlySet<string> = new Set(
  words('рф рус москва сайт онлайн бел укр срб қаз ею ею бг ελ 한국 닷컴 닷넷 コム みんな ไทย คอม ভারত भारत'),
);

export function isTopLevel(label: string): boolean {
  const lower = label.toLowerCase();
  return (
    COMMON.has(lower) ||
    OTHER.has(lower) ||
    HAN.includes(lower) ||
    OTHER_SCRIPTS.has(lower) ||
    lower.startsWith('xn--')
  );
}
