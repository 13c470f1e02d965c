// The part of a host that somebody has registered: `pay.icbc.com.cn` → `icbc.com.cn`. The suffixes under which registries sell names
// at the third level are written down here for the registries that the chats of this market meet, and the hosting services whose
// customers are strangers to each other. Anything else is taken to sell names directly below the top.

const SECOND_LEVELS: Readonly<Record<string, string>> = {
  cn: 'com net org gov edu ac mil ah bj cq fj gd gs gx gz ha hb he hi hk hl hn jl js jx ln mo nm nx qh sc sd sh sn sx tj tw xj xz yn zj',
  hk: 'com net org gov edu idv',
  tw: 'com net org gov edu idv mil game ebiz club',
  mo: 'com net org gov edu',
  sg: 'com net org gov edu per',
  my: 'com net org gov edu mil name',
  jp: 'co ne or ac ad ed go gr lg',
  kr: 'co ne or re pe go mil ac hs ms es sc kg',
  th: 'co in ac go mi or net',
  vn: 'com net org edu gov int ac biz info name pro health',
  id: 'co or go ac sch web net my biz desa mil',
  ph: 'com net org gov edu ngo mil',
  in: 'co net org gen firm ind ac edu res gov mil nic',
  pk: 'com net org edu gov',
  bd: 'com net org edu gov ac',
  np: 'com net org edu gov',
  lk: 'com net org edu gov',
  kh: 'com net org edu gov per',
  mm: 'com net org edu gov',
  uk: 'co org ac gov ltd plc me net nhs police sch',
  au: 'com net org edu gov asn id',
  nz: 'co net org ac govt geek gen school',
  za: 'co net org ac gov web law nom',
  br: 'com net org gov edu art blog eco ind inf med tv',
  mx: 'com net org gob edu',
  ar: 'com net org gob edu int mil tur',
  co: 'com net org gov edu mil nom',
  pe: 'com net org gob edu nom',
  tr: 'com net org gov edu bel pol k12 av dr gen web',
  il: 'co org net ac gov muni k12',
  ae: 'co net org gov ac sch mil',
  sa: 'com net org gov edu med pub sch',
  eg: 'com net org gov edu',
  ng: 'com net org gov edu',
  ke: 'co or ne go ac sc info mobi me',
  ua: 'com net org gov edu in kiev kharkov lviv od',
  ru: 'com net org pp',
  pl: 'com net org gov edu info biz waw',
  es: 'com nom org gob edu',
  pt: 'com net org gov edu',
  gr: 'com net org gov edu',
  cy: 'com net org gov ac',
};

/** Whoever has an account gets a name below these. */
const HOSTING: ReadonlySet<string> = new Set(
  (
    'github.io gitee.io gitlab.io pages.dev workers.dev vercel.app netlify.app herokuapp.com web.app firebaseapp.com blogspot.com ' +
    'onrender.com fly.dev surge.sh glitch.me replit.app repl.co ngrok.io ngrok-free.app ngrok.app trycloudflare.com loca.lt ' +
    'azurewebsites.net azureedge.net cloudfront.net appspot.com weebly.com wixsite.com webflow.io wordpress.com tumblr.com ' +
    'myshopify.com duckdns.org no-ip.org ddns.net hopto.org zapto.org 3322.org oicp.net vicp.net gicp.net eicp.net xicp.net ' +
    'myqcloud.com tcb.qcloud.la aliyuncs.com bcebos.com qiniucdn.com clouddn.com eu.org us.kg cc.cd sina.com.cn.sinaapp.com sinaapp.com'
  ).split(' '),
);

/** `host` in lower case. The host itself when it has no more labels than its suffix. */
export function registrableDomain(host: string): string {
  const labels = host.split('.');
  return labels.slice(-(suffixLength(labels) + 1)).join('.');
}

function suffixLength(labels: readonly string[]): number {
  for (let length = Math.min(4, labels.length - 1); length > 1; length--)
    if (HOSTING.has(labels.slice(-length).join('.'))) return length;
  const [second = '', top = ''] = labels.slice(-2);
  const seconds = Object.hasOwn(SECOND_LEVELS, top) ? SECOND_LEVELS[top] : undefined;
  return seconds?.split(' ').includes(second) === true ? 2 : 1;
}
