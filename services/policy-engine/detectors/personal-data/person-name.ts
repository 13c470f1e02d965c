// Names of people, only behind words that announce one: `姓名：张三`. A name in running text cannot be told from other words by form.
import { matchesOf } from '../matches-of.ts';
import type { Candidate } from './datum.ts';

/** One of these is in every text that {@link findNames} finds something in. */
export const NAME_CLUES =
  '姓名 件人 货人 系人 户名 卡人 代表人 法人代表 客户名 保人 保险人 受益人 我叫 我的名字是 名字叫 本人 name'.split(
    ' ',
  );

const ANNOUNCED =
  /(?:姓名|收件人|收货人|联系人|户名|持卡人|法人代表|法定代表人|客户名|投保人|被保险人|受益人|开户名|真实姓名|我叫|我的名字是|名字叫|本人)(?:[ :：=是为]{1,3}|(?<=我叫|名字是|名字叫))([\p{Script=Han}·]{2,12})/gu;
const LATIN =
  /(?:姓名|收件人|联系人|户名|持卡人|full ?name|(?<![a-z])name)[ :：=]{1,3}([a-z]{2,20}(?: [a-z]{2,20}){1,3})(?![a-z0-9])/g;
/** The surnames of some 97 % of people. */
const SURNAMES =
  '赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫经房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封储靳段焦巴侯班仰仲伊宫宁仇栾甘厉祖武符刘景詹束龙叶幸司韶黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓屠蒙池乔阴闻莘党翟谭贡劳姬申扶堵冉宰雍桑桂牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎慕连茹习艾容向古易慎戈廖庾终居衡步都耿满弘匡国文寇广东欧利师巩聂关肖游付代闫涂覃';
const DOUBLE = [
  '欧阳',
  '上官',
  '司马',
  '诸葛',
  '东方',
  '皇甫',
  '尉迟',
  '公孙',
  '慕容',
  '令狐',
  '长孙',
  '宇文',
  '司徒',
  '南宫',
  '端木',
];
/** What follows a name without a mark between. */
const NEXT =
  /(?:电话|手机|身份|证件|地址|住址|性别|年龄|联系|先生|女士|小姐|邮箱|微信|号码|卡号|账号|帐号|开户|银行|生日|出生|来自|今年|的|是|在|和|与|男|女|，|想|要|已|请)/;
const NO_NAME = /^(?:不|没|未|无|有|已|请|同上|必填|选填|保密|匿名|错误|填写|什么|空|和|与|或)/;

export function findNames(shown: string): Candidate[] {
  const candidates: Candidate[] = [];
  if (!/[名人叫]|name|代表/.test(shown)) return candidates;
  const add = (end: number, run: string, name: string): void => {
    const start = end - run.length;
    candidates.push({ kind: 'Name', start, end: start + name.length, value: name, validity: 'Valid' });
  };
  for (const { 0: written, index, 1: run = '' } of matchesOf(ANNOUNCED, shown)) {
    const name = readName(run);
    if (name !== undefined) add(index + written.length, run, name);
  }
  for (const { 0: written, index, 1: run = '' } of matchesOf(LATIN, shown))
    add(index + written.length, run, run);
  return candidates;
}

/** The name at the beginning of a run of Han: a surname and one or two characters, or a name with a middle dot. */
function readName(run: string): string | undefined {
  if (NO_NAME.test(run)) return undefined;
  if (run.includes('·')) return run;
  const surname = DOUBLE.some((name) => run.startsWith(name))
    ? 2
    : SURNAMES.includes(run[0] as string)
      ? 1
      : 0;
  if (surname === 0) return undefined;
  const rest = run.slice(surname);
  const next = rest.slice(1).search(NEXT);
  const length = next < 0 ? rest.length : next + 1;
  return length > 2 ? undefined : run.slice(0, surname + length);
}
