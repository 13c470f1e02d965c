// Words that chats use most, by language: short ones say more about a short text than its letters do.

const WORDS: Readonly<Record<string, string>> = {
  en:
    'the and you to of is it in that for on are with this be have not at we can will do just your my me so what but they was all get like if ' +
    'how now up out there about no yes ok okay hi hello hey thanks thank please pls sorry sure good morning night great nice see call send ' +
    'check meeting tomorrow today tonight when where who why could would should need want let know think time day week work team client ' +
    'report file link email price order payment money bank account password transfer back here come go going got new one two thx lol btw asap ' +
    "fyi sir customer contract deal sale update done later soon again really very well from has had our us i i'm don't it's can't won't i'll " +
    'he she him her his an or as by been were them did yet too more only also make take give help tell ask wait much any something anything ' +
    'everyone someone because before after over than then into some first last next right off still lunch dinner office boss busy free love ' +
    'happy birthday see ya bye haha guys guarantee return risk profit project review share screen confirm noted received running late',
  de:
    'der die das und ich ist nicht du sie es ein eine wir ihr mit auf für von zu im den dem ja nein bitte danke hallo guten morgen abend tag wie ' +
    'was wo wann warum kann können haben habe hat sind bin auch noch schon heute gestern gut sehr mir dir uns aber oder wenn dann mal bis ' +
    'nach bei aus geht alles klar gerne tschüss kommen kommst machen mache treffen termin rechnung kunde geld zahlung',
  fr:
    'le la les des un une et je tu il elle nous vous est pas que qui dans pour sur avec ce cette mais ou où oui non merci bonjour salut bonsoir ' +
    "au du de en ça va bien très mon ma mes ton ta ses son j'ai c'est d'accord s'il plaît demain aujourd'hui hier quand comment pourquoi " +
    'peux peut faire suis sont ont avoir être tout rien plus moi toi lui client argent facture réunion',
  es:
    'el los las un una y yo tú él ella nosotros es no que en por para con pero sí gracias hola buenos buenas días tardes noches mañana hoy ayer ' +
    'cuándo cómo dónde porque puedo puede puedes hacer estoy está están tengo tiene qué muy bien todo nada mi tu su del al de la lo se me te ' +
    'le más como favor vale adiós cliente dinero factura reunión nos vemos',
  pt:
    'o a os as um uma e eu você ele ela nós não sim que em por para com mas obrigado obrigada olá oi bom boa dia tarde noite amanhã hoje ontem ' +
    'quando como onde porque posso pode fazer estou está tenho tem muito bem tudo nada meu minha seu sua do da dos das no na de ao é também já ' +
    'mais cliente dinheiro reunião vamos isso aqui',
  it:
    'il lo la gli le un una e io tu lui lei noi voi è non che in per con ma sì grazie ciao buongiorno buonasera domani oggi ieri quando come dove ' +
    'perché posso può puoi fare sono sei siamo ho hai ha abbiamo molto bene tutto niente mio mia del della di da al alla nel questo anche più ' +
    'cliente soldi fattura riunione ci vediamo prego va',
  tr:
    've bir bu ben sen o biz siz değil için ile ama evet hayır teşekkürler teşekkür ederim merhaba selam günaydın iyi yarın bugün dün ne zaman nasıl ' +
    'nerede neden var yok çok daha şey tamam lütfen geldim gel git yap müşteri para toplantı mı mi mu mü da de ki olarak kadar şimdi sonra',
  vi:
    'và là của có không tôi bạn anh chị em được cho với này đó đã sẽ đang rất nhiều cảm ơn xin chào vâng dạ ngày mai hôm nay qua khi nào ở đâu ' +
    'thế làm gì vì sao đi ăn cơm uống nhé nha ạ ơi tiền khách hàng họp chuyển khoản khong duoc minh ban cam on toi roi biet nay ngay',
  id:
    'yang dan di ke dari ini itu untuk dengan tidak saya kamu anda dia kami kita mereka akan sudah belum bisa ada apa siapa kapan mana kenapa ' +
    'bagaimana terima kasih selamat pagi siang malam sore halo hai ya tidak nggak gak tolong besok hari kemarin juga sangat banyak aku pak bu mas ' +
    'mau makan minum pulang kerja uang pelanggan rapat nanti tadi lagi aja saja dong kok sih boleh lah esok encik tak awak sila jangan baik',
  nl:
    'de het een en ik je jij hij zij wij niet is van op te dat voor met maar ja nee dank bedankt hallo goedemorgen morgen vandaag gisteren wanneer ' +
    'hoe waar waarom kan kunnen heb heeft zijn ben ook nog al goed heel mijn jouw ons alles graag tot klant geld vergadering naar aan',
  pl:
    'i w na z do nie to jest się że co jak ja ty on ona my wy tak dziękuję cześć dzień dobry jutro dziś dzisiaj wczoraj kiedy gdzie dlaczego mogę ' +
    'może mam ma są jestem bardzo dobrze wszystko nic mój proszę klient spotkanie ale czy już tylko',
  tl:
    'ang ng mga sa na at ako ikaw siya kami tayo sila hindi oo po opo salamat kumusta magandang umaga gabi bukas ngayon kahapon kailan saan bakit ' +
    'paano may wala naman lang din rin ba ko mo niya natin kasi pero yung nasa',
};

export const COMMON_WORDS: ReadonlyMap<string, readonly string[]> = indexWords();

function indexWords(): Map<string, string[]> {
  const index = new Map<string, string[]>();
  for (const [language, words] of Object.entries(WORDS))
    for (const word of new Set(words.split(' '))) index.set(word, [...(index.get(word) ?? []), language]);
  return index;
}
