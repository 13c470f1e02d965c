// Sentences as people write them in chats, made for the tests: none of them served to make the tables.

export const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  'zh-Hans': [
    '这批货周五之前能发出来吗？客户那边一直在催。',
    '我刚开完会，等会儿把会议纪要发到群里。',
    '麻烦您把合同盖章以后扫描一份给我，谢谢。',
    '今天系统又卡了，运维说要重启服务器。',
    '他们公司报价太高，我们还是再比较一下吧。',
    '请问发票抬头写公司全称还是简称？',
    '孩子发烧了，下午想请半天假，可以吗？',
    '这个方案预算超了，领导让我们重新做。',
    '月底要冲业绩，大家再坚持几天。',
    '您好，我是客户经理小陈，有问题随时联系我。',
  ],
  'zh-Hant': [
    '請問這份報告什麼時候可以交給客戶？',
    '我們明天下午三點開會，記得準備資料。',
    '這個價格已經是最優惠的了，沒辦法再降。',
    '麻煩您確認一下收貨地址，謝謝您。',
    '颱風要來了，今天大家早點回家休息。',
    '系統還在維護，請稍後再試試看。',
    '週末要不要一起去爬山？順便吃個飯。',
    '發票開錯了，我請會計重新開一張給你。',
    '電腦當機了，檔案不知道還在不在。',
    '經理說這個專案要延後兩個禮拜。',
  ],
  yue: [
    '你哋幾點收工呀？今晚一齊食飯好冇？',
    '呢份嘢聽日先搞得掂，你等多一日啦。',
    '佢話唔得閒，改咗下個禮拜先傾。',
    '唔該幫我睇下張單有冇計錯數。',
    '我而家喺巴士度，仲有成半個鐘先到。',
    '點解個客仲未覆我哋嘅電郵？',
    '你哋嗰邊落緊大雨，揸車小心啲呀。',
    '老細話啲貨唔夠，要搵多間廠攞。',
    '我哋听日开会，你记得带埋份合约嚟。',
    '系边度食饭？我唔识去，你俾个地址我。',
    '呢个价钱真系好抵，快啲落单啦。',
    '佢成日都迟到，经理话要扣佢人工。',
    '冇问题，我一阵间传俾你。',
    '你食咗饭未？不如一齐去饮茶。',
    '嗰個客好麻煩㗎，次次都嫌貴。',
    '邊個攞咗我張枱嗰支筆？',
  ],
  wuu: [
    '侬今朝夜到有空伐？阿拉一道吃饭。',
    '搿桩事体哪能办，侬晓得伐？',
    '覅急，辰光还早唻，慢慢叫来。',
    '伊拉屋里向住了交关人。',
    '我勿晓得搿个物事摆辣啥地方。',
  ],
  nan: [
    '你食飽未？阮兜今仔日有煮麵線。',
    '這个囡仔真媠，伊是啥人的查某囝？',
    '按怎會按呢？我攏毋知影。',
    '歹勢，我明仔載無閒，後擺閣講。',
    '伊佇厝內睏，你毋通叫伊。',
  ],
  hak: [
    '𠊎今晡日愛轉屋下食夜。',
    '你食朝吂？恁仔細,承蒙你。',
    '佢兜講該隻細妹恁靚。',
    '做麼个你毋摎𠊎講？',
    '天光日𠊎兜共下去街項嫽。',
  ],
  en: [
    'Could you send me the updated contract before noon?',
    'I am stuck in traffic, start the meeting without me.',
    'The client rejected our offer and wants a discount.',
    'Please make sure nobody else knows about this.',
    'We have to ship the samples by Thursday evening.',
    'Sounds good, thank you for the quick answer!',
    'Who is going to pick up the visitors at the airport?',
    'My laptop crashed and I lost the whole document.',
    "Let's keep this between us until the board decides.",
    'Did you already talk with the lawyers about it?',
  ],
  de: [
    'Können Sie mir den Vertrag bis heute Abend schicken?',
    'Ich stecke im Stau, fangt bitte ohne mich an.',
    'Der Kunde möchte einen höheren Rabatt haben.',
    'Wir müssen die Muster am Donnerstag verschicken.',
    'Das klingt gut, vielen Dank für die schnelle Antwort.',
    'Wer holt die Besucher vom Flughafen ab?',
  ],
  fr: [
    "Pouvez-vous m'envoyer le contrat avant midi ?",
    'Je suis coincé dans les bouchons, commencez sans moi.',
    'Le client refuse notre offre et demande une remise.',
    'Nous devons expédier les échantillons jeudi soir.',
    'Cela me convient, merci pour votre réponse rapide.',
    "Qui va chercher les visiteurs à l'aéroport ?",
  ],
  es: [
    '¿Puede enviarme el contrato antes del mediodía?',
    'Estoy atrapado en el tráfico, empiecen sin mí.',
    'El cliente rechazó la oferta y quiere un descuento.',
    'Tenemos que mandar las muestras el jueves por la tarde.',
    'Me parece bien, gracias por responder tan rápido.',
    '¿Quién recoge a los visitantes en el aeropuerto?',
  ],
  pt: [
    'Você pode me enviar o contrato antes do meio-dia?',
    'Estou preso no trânsito, comecem a reunião sem mim.',
    'O cliente recusou a proposta e quer um desconto.',
    'Temos que enviar as amostras até quinta-feira à noite.',
    'Parece bom, obrigado pela resposta tão rápida.',
    'Quem vai buscar os visitantes no aeroporto?',
  ],
  it: [
    'Può inviarmi il contratto prima di mezzogiorno?',
    'Sono bloccato nel traffico, iniziate senza di me.',
    'Il cliente ha rifiutato la nostra offerta e vuole uno sconto.',
    'Dobbiamo spedire i campioni entro giovedì sera.',
    'Va benissimo, grazie per la risposta così veloce.',
    "Chi va a prendere gli ospiti all'aeroporto?",
  ],
  tr: [
    'Sözleşmeyi öğleden önce bana gönderebilir misiniz?',
    'Trafikte kaldım, toplantıya bensiz başlayın.',
    'Müşteri teklifimizi reddetti ve indirim istiyor.',
    'Numuneleri perşembe akşamına kadar göndermeliyiz.',
    'Kulağa hoş geliyor, hızlı cevap için teşekkürler.',
    'Misafirleri havaalanından kim alacak?',
  ],
  vi: [
    'Anh gửi giúp em hợp đồng trước buổi trưa nhé.',
    'Em đang kẹt xe, mọi người cứ họp trước đi ạ.',
    'Khách hàng chê giá cao và muốn được giảm thêm.',
    'Chúng ta phải gửi hàng mẫu trước tối thứ năm.',
    'Nghe ổn đấy, cảm ơn chị đã trả lời nhanh.',
    'Ai sẽ đón khách ở sân bay vậy?',
  ],
  id: [
    'Tolong kirim kontraknya sebelum siang ya, Pak.',
    'Saya masih terjebak macet, mulai rapat tanpa saya saja.',
    'Pelanggan menolak penawaran kita dan minta diskon.',
    'Kita harus mengirim contoh barang sebelum Kamis malam.',
    'Kedengarannya bagus, terima kasih sudah membalas cepat.',
    'Siapa yang akan menjemput tamu di bandara?',
  ],
  ja: [
    '契約書をお昼までに送っていただけますか。',
    '渋滞に巻き込まれたので、先に会議を始めてください。',
    'お客様がもう少し値引きしてほしいそうです。',
    '木曜日の夜までにサンプルを発送しなければなりません。',
    'ありがとうございます、とても助かりました。',
    '空港へは誰が迎えに行きますか？',
  ],
  ko: [
    '계약서를 점심 전까지 보내 주실 수 있나요?',
    '차가 막혀서 늦을 것 같으니 먼저 시작하세요.',
    '고객이 견적을 거절하고 할인을 원합니다.',
    '목요일 저녁까지 샘플을 보내야 합니다.',
  ],
  th: ['ช่วยส่งสัญญาให้ก่อนเที่ยงได้ไหมคะ', 'รถติดมาก เริ่มประชุมไปก่อนได้เลยครับ', 'ลูกค้าไม่รับข้อเสนอและขอส่วนลดเพิ่ม'],
  ug: [
    'توختامنامىنى چۈشتىن بۇرۇن ئەۋەتىپ بېرەمسىز؟',
    'يولدا قاتناش توسۇلۇپ قالدى، يىغىننى باشلاۋېرىڭلار.',
    'خېرىدار باھانى قىممەت دەپ قوبۇل قىلمىدى.',
    'رەھمەت، جاۋابىڭىز ناھايىتى تېز بولدى.',
  ],
  ar: [
    'هل يمكنك إرسال العقد قبل الظهر من فضلك؟',
    'أنا عالق في الزحام، ابدأوا الاجتماع بدوني.',
    'رفض العميل عرضنا ويريد خصما إضافيا.',
    'شكرا جزيلا على الرد السريع.',
  ],
  bo: ['ཁྱེད་རང་ག་འདྲ་འདུག', 'སང་ཉིན་ཚོགས་འདུ་ཡོད།', 'ཐུགས་རྗེ་ཆེ།'],
  mn: [
    'Гэрээгээ үдээс өмнө явуулж өгөөч.',
    'Би замын түгжрэлд орчихлоо, хурлаа эхэлж байгаарай.',
    'Үйлчлүүлэгч маань хөнгөлөлт хүсэж байна.',
    'Хариу өгсөнд баярлалаа.',
    'ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ ᠰᠤᠷᠬᠤ',
  ],
  kk: [
    'Келісімшартты түске дейін жібере аласыз ба?',
    'Мен кептелісте тұрмын, жиналысты менсіз бастаңыздар.',
    'Тапсырыс беруші біздің ұсыныстан бас тартты.',
    'Жылдам жауап бергеніңіз үшін рақмет.',
    'كەلىسىمشارتتى تۇسكە دەيىن جىبەرە الاسىز با؟',
    'تاپسىرىس بەرۋشى بىزدىڭ ۇسىنىستان باس تارتتى.',
  ],
  ru: [
    'Вы можете прислать договор до обеда?',
    'Я застрял в пробке, начинайте без меня.',
    'Клиент отклонил наше предложение и хочет скидку.',
    'Мы должны отправить образцы до четверга.',
    'Звучит хорошо, спасибо за быстрый ответ.',
    'Кто встретит гостей в аэропорту?',
  ],
};

/** Short messages as people in Hong Kong write them; those without a word that only Cantonese has cannot be told. */
export const SHORT_CANTONESE: readonly string[] = `
你食飯未
今日好凍
我返緊屋企
落緊雨
幾時得閒
出嚟飲嘢
好肚餓
唔好嬲啦
你講乜
我唔明
佢走咗
邊個話㗎
快啲
等我一陣
我聽日返工
多謝晒
早晨
早唞
拜拜聽日見
好耐冇見
點呀你
去邊食
我要一杯凍檸茶
畀錢未
幾多蚊
有冇平啲
好貴喎
唔使客氣
對唔住
我遲到呀
塞車
搭緊地鐵
坐埋一齊
睇戲去唔去
佢係我朋友
我係香港人
呢個好靚
嗰個唔得
放假去邊玩
我瞓喇
好攰呀今日
做到好夜
老細唔喺度
個客又改嘢
份文件喺邊
send咗畀你
收到未
搞掂未
未呀
唔知呀
得啦
冇所謂
是但啦
無問題
你話啦
咁都得
真係㗎
唔係啩
講笑咋
死啦
弊傢伙
好正
好味
執嘢走人
今晚打邊爐
去街
買餸
煮飯
湊仔
佢個仔讀幾年班
阿媽叫我返去食飯
同事請食雪糕
落樓下買
揸車返大陸
過海
屯門好遠
你住邊區
我住元朗
幾點開門
五點半
星期六得唔得
下個月先啦
記得帶身份證
份糧幾時出
出糧未
加班補錢㗎
做嘢啦
唔好玩手機
冇電
部電話壞咗
上唔到網
好慢
重啟下啦
試下先
搵人幫手
叫外賣
食咩好
飲茶先
你估佢會唔會嚟
佢應該唔嚟
我驚佢唔記得
提醒下佢
我哋一齊去
你自己去啦
費事啦
算啦
冇計
激死我
佢好煩
唔好理佢
咪理佢
收皮
傻咗
癲㗎
乜事
咩事
做乜
點解
點算
好驚
我諗住辭職
轉工
見工
請咗病假
睇醫生
感冒
發燒
飲多啲水
抖下
唔該晒
麻煩晒
辛苦晒
祝你生日快樂
恭喜發財
利是逗來`
  .trim()
  .split('\n');

/** Pieces of so many characters, one behind the other; each begins a word where words are parted by blanks. Pieces that are mostly signs are left out. */
export function cutPieces(sentence: string, length: number): string[] {
  const characters = [...sentence];
  const pieces: string[] = [];
  let at = 0;
  while (at + length <= characters.length) {
    const piece = characters.slice(at, at + length).join('');
    if ((piece.match(/[\p{L}\p{M}]/gu)?.length ?? 0) * 2 > length) pieces.push(piece);
    at += length;
    if (sentence.includes(' ')) while (at < characters.length && characters[at - 1] !== ' ') at++;
  }
  return pieces;
}
