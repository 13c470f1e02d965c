// Ways to write what chat filters look for: other characters of the same sound, letters, nicknames. Those that are commonly
// meant as they are written (卫星 for 微信, 受益 for 收益) are left out. Written for this project; folded, without separators.

interface CodeWord {
  readonly meant: string;
  readonly written: readonly string[];
}

const LIST: readonly (readonly [meant: string, written: string])[] = [
  ['微信', 'v信 w信 威信 薇信 薇心 微心 围信 唯信 徽信 溦信 葳信 薇芯 微芯 wei信 微xin vx 绿泡泡'],
  ['加微信', '加v 加微 加薇 加vx 加wx 加威'],
  ['支付宝', '支副宝 zfb 知付宝 支f宝'],
  ['银行卡', '银航卡 银行咔 yhk'],
  ['电话', '店话 电画 殿话'],
  ['红包', '红苞 宏包 hb'],
  ['人民币', 'rmb 毛爷爷 软妹币'],
  ['美元', '刀乐 美刀'],
  ['比特币', 'btc'],
  ['以太坊', 'eth'],
  ['泰达币', 'u币 usdt'],
  ['电报', '纸飞机 tg'],
  ['发票', '发漂 fa票 发piao'],
  ['贷款', '袋款 dai款 贷kuan'],
  ['股票', '古票 鼓票 gu票 股piao'],
];

export const CODE_WORDS: readonly CodeWord[] = LIST.map(([meant, written]) => ({
  meant,
  written: written.split(' '),
}));
