// Services whose links hide where they lead.

export const SHORT_LINK_HOSTS: ReadonlySet<string> = new Set(
  // In China.
  (
    't.cn url.cn w.url.cn dwz.cn dwz.date suo.im suo.nz suo.yt mrw.so m6z.cn 985.so u.nu b23.tv v.douyin.com z.cn 3.cn u.jd.com ' +
    'm.tb.cn s.click.taobao.com c.tb.cn rrd.me tb.am sourl.cn sohu.gg t.hk 0x7.me kurl.cc kzurl.cn urlify.cn reurl.cc ppt.cc lurl.cc ' +
    'xhslink.com v.kuaishou.com dpurl.cn surl.amap.com j.map.baidu.com s.c1ns.cn jump.bdimg.com 6du.in buff.ly qr.ae w3.cn r6l.cn ' +
    'dwurl.cn d1.ink t1.ink ft12.com is.cn suowo.cn yd.sb c.c1n.cn a.3.cn k.ltd s2.fun mtw.so mrw.ink tinyurl.la y1n.in wx.hk ' +
    // Elsewhere.
    'bit.ly tinyurl.com t.co goo.gl ow.ly is.gd v.gd cutt.ly rebrand.ly shorturl.at rb.gy t.ly lnkd.in fb.me youtu.be amzn.to ' +
    'adf.ly bl.ink tiny.cc shorte.st s.id x.co trib.al dlvr.it soo.gd clck.ru vk.cc kutt.it urlz.fr hyperurl.co lihi.cc pse.is ' +
    'reurl.tw l.ead.me n9.cl shrtco.de surl.li tny.im 1url.com bit.do mcaf.ee qrco.de linktr.ee'
  ).split(' '),
);
