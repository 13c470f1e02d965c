// Which words emoji stand for in Chinese chat: what they show, or what that sounds like (🐴 is 妈 as often as 马, 👴 is 爷).
// Written for this project from how people write, emoji by emoji; two ways at most, of equal length, the commoner first.
import { addTrait, PICTURE } from '../traits.ts';

const WORDS =
  '💰钱 💵钱 💴钱 💷钱 💶钱 💸钱 🤑钱 🪙币 💳卡 🏦银行 🏧取款 🧧红包 💹涨 📈涨 📉跌 💎钻 👑王 🎁礼 🎰赌 🎲赌/骰 🃏牌 🀄麻将 ♠黑桃 ' +
  '📱手机 📞电话 ☎电话 📧邮箱 ✉信 💌信 📩信 📨信 📮信 💬聊 🗨聊 📲手机 💻电脑 🖥电脑 🔑钥 🔒锁 🔓锁 🔐锁 📷照 📸照 🎥视频 📹视频 ' +
  '❤心/爱 ♥心/爱 💓心/爱 💗心/爱 💖心/爱 💙心/爱 💚心/爱 💛心/爱 💜心/爱 🖤心/爱 💔心 💕爱 💘爱 💞爱 😍爱 🥰爱 😘吻/亲 💋吻/亲 💏吻/亲 ' +
  '🐴马/妈 🐎马/妈 🐶狗/苟 🐕狗/苟 🐱猫 🐈猫 🐷猪/朱 🐖猪/朱 🐔鸡/机 🐓鸡/机 🐥鸡 🐤鸡 🐣鸡 🦆鸭/压 🐮牛 🐂牛 🐄牛 🐑羊/阳 🐏羊/阳 🐐羊/阳 🐭鼠 🐁鼠 🐀鼠 ' +
  '🐯虎 🐅虎 🐰兔 🐇兔 🐲龙 🐉龙 🐍蛇 🐵猴 🐒猴 🐻熊 🐼熊猫 🦁狮 🐺狼 🦊狐 🐘象 🐟鱼/余 🐠鱼/余 🐡鱼 🦈鲨 🐳鲸 🐢龟/归 🐸蛙 🐝蜂 🐛虫 🐜蚁 🦋蝶 🐦鸟 🕊鸽 🦅鹰 🦢鹅 🐞虫 🦀蟹 🦐虾/瞎 🐙章鱼 ' +
  '👴爷 👵奶 👨男 👩女 👦男 👧女 👶婴 🧒孩 👪家 👮警 💂兵 👼天使 👸公主 🤴王子 🤵郎 👰娘 🙎人 🧑人 👤人 👥人 🤖机器人 👻鬼 💀死 ☠死/毒 👽外星 🤡丑 💩屎 👹鬼 👿魔 😈魔 ' +
  '👊拳 ✊拳 👋手 ✋手 🖐手 🤚手 👌好 👍赞/好 👎差 🙏求 💪强 👀看 👁眼 👂耳 👃鼻 👄嘴 👅舌 🦷牙 🧠脑 🦵腿 🦶脚 👣脚 💅甲 🩸血 🦴骨 ' +
  '🔫枪 💣炸弹 🔪刀 🗡刀 ⚔刀 🏹箭 🧨炮 💥爆 🔥火 ⚡电 ❄雪/冰 🧊冰 💧水 💦水 🌊海 🌧雨 ☔雨 ☁云 ☀日/阳 🌞日 🌙月 🌛月 🌝月 ⭐星 🌟星 ✨星 🌈虹 🌪风 💨风 ⛈雷 🌍球 🌏球 🌎球 ' +
  '💊药 💉针 🚬烟 🍺酒 🍻酒 🍷酒 🍶酒 🥃酒 🍾酒 🍸酒 🍵茶 ☕咖啡 🥛奶 🍼奶 🍚饭 🍜面 🍞面包 🍳蛋 🥚蛋 🍗鸡 🍖肉 🥩肉 🍔堡 🍟薯 🍕披萨 🎂蛋糕 🍰蛋糕 🍬糖 🍭糖 🍫巧 🍯蜜 🧂盐 🍦冰 ' +
  '🍎苹果 🍏苹果 🍐梨/离 🍊橘 🍋柠檬 🍌蕉 🍉瓜 🍇葡萄 🍓莓 🍑桃/逃 🍒樱 🍍菠萝 🥭芒 🥥椰 🍆茄 🥔土豆 🥕萝卜 🌽玉米 🌶椒 🥒黄瓜 🥬菜 🥦菜 🧅葱 🧄蒜/算 🍄菇 🥜花生 🌰栗 🍈瓜 🌹玫瑰 🌸花 🌺花 🌷花 🌻花 💐花 🌼花 🥀花 🌲树 🌳树 🌴树 🍀草 🌿草 🌱草 🍃叶 🍂叶 🍁枫 🎋竹 🌾禾 🌵刺 ' +
  '🚪门/们 🏠家/房 🏡家/房 🏢楼 🏥医院 🏫学校 🏨酒店 🏩酒店 🏪店 🏬商场 🏭厂 🏰城 ⛪教堂 🕌寺 🛏床 🛋沙发 🚽厕 🛁浴 🚿浴 🪑椅 🪟窗 🕯烛 💡灯 🔦灯 📺电视 📻收音 ⏰钟 ⏱表 ⌚表 ⌛时 ⏳时 📅日 📆日 ' +
  '🚗车 🚕车 🚙车 🚌车 🚎车 🏎车 🚓车 🚑车 🚒车 🚐车 🚚车 🚛车 🚜车 🚲车 🛵车 🏍车 🚂车 🚆车 🚄车 🚅车 🚇车 🚀火箭 ✈机/飞 🛩机/飞 🛫机/飞 🛬机/飞 🚁机 ⛵船 🚤船 🛳船 🚢船 ⚓锚 ⛽油 🛢油 🗻山 ⛰山 🏔山 🏝岛 🏖滩 🗺图 🧭针 ' +
  '📖书/输 📕书/输 📗书/输 📘书/输 📙书/输 📚书/输 📓本 📔本 📒本 📝写 ✍写 ✏笔/比 🖊笔/比 🖋笔/比 🖍笔 📄单 📃单 📑单 📋单 🧾单/账 🪪证 📊表 📎夹 ✂剪 📏尺 📦包 🎒包 👜包 💼包 👛包 👝包 🛍包 👔衣 👕衣 👚衣 👗裙 👖裤 👙泳装 👠鞋 👟鞋 🧦袜 🎩帽 🧢帽 👓镜 🕶镜 💍戒 ☂伞 🌂伞 🏮灯笼 🎐铃 🔔铃 🎵歌 🎶歌 🎤唱 🎸琴 🎹琴 🥁鼓/股 🎺号 🎮游戏 🎬片 🎫票 🎟票 🏆杯 🥇金 🥈银 🥉铜 🏅奖 ⚽球 🏀球 🏈球 ⚾球 🎾球 🏐球 🏓球 🏸球 ' +
  '🧲吸 🔧修 🔨锤 ⚙齿 🔗链 ⛓链 🧪试 🔬显 🔭望 🧬基 🗑垃圾 🧹扫 🧼皂 🧻纸 🔍查 🔎查 🆙上 🔝顶 🔙回 🔜快 🆕新 🆓免费 🈚无 🚫禁 ⛔禁 ❌错 ✖错 ❎错 ✅对 ✔对 ☑对 ❓问 ❔问 ➕加 ➖减 ➗除 ♻回收 ☯道 ✝教 ☪教 💤睡 😴睡 😭哭 😢哭 😂笑 🤣笑 😄笑 😡怒 😠怒 🤬骂 🤮吐 🤢吐 😷病 🤒病 🤕伤 🥵热 🥶冷 😋吃 🤫嘘 🤐闭嘴 🤥骗/谎 🙈看 🙉听 🙊说 👉点 👈点 ☝一 ✌二/耶 🚶走 🏃跑 💃舞 🕺舞 🏊泳 🚴骑 🧗爬 🛌睡 🤝合作 🤞保佑 🫂抱 🤗抱 🤱奶 🤰孕 🏴旗 🚩旗 🎌旗 🏳旗 🎉庆 🎊庆 🎈气球 🎀结 🪄魔 🔮预 🧿眼 🪦墓 ⚰棺 ⚱骨灰';

export interface Picture {
  readonly word: string;
  /** Of the same length as {@link word}. */
  readonly other: string;
}

/** Code point → the words it stands for. */
export const pictures: ReadonlyMap<number, Picture> = readPictures();

function readPictures(): Map<number, Picture> {
  const read = new Map<number, Picture>();
  for (const item of WORDS.split(' ')) {
    const point = item.codePointAt(0) ?? 0;
    const [word = '', other = word] = item.slice(point > 0xffff ? 2 : 1).split('/');
    read.set(point, { word, other: other.length === word.length ? other : word });
    if (point <= 0xffff) addTrait([point], PICTURE);
  }
  return read;
}
