// Personal data: every kind of ours against every pattern that OpenRedaction switches on by itself. What it knows of China is little, so the
// numbers of found messages belong to the ratio.
import { listPersonalData } from '@menshen/policy-engine/detectors/personal-data';
import { OpenRedaction } from '@openredaction/core';
import { writePersonalData } from './detection-corpus-personal-data.ts';
import {
  type Contest,
  type ContestOrder,
  plantInChat,
  searchAwaited,
  searchEach,
  withVersion,
} from './peer-contest.ts';

export function personalDataContest(order: ContestOrder): Contest {
  const { messages, seed } = order;
  const data = writePersonalData(1, seed).flatMap(({ text, expected }) =>
    expected.every(({ validity }) => validity === 'Valid') ? [text] : [],
  );
  const chat = plantInChat(order, data);
  // Learning would write files.
  const peer = new OpenRedaction({ enableLearning: false });
  return {
    what: 'personal data',
    peer: withVersion('@openredaction/core'),
    messages,
    planted: chat.planted,
    ours: searchEach(chat.messages, (text) =>
      listPersonalData(text).some(({ validity }) => validity === 'Valid'),
    ),
    theirs: searchAwaited(chat.messages, async (text) => (await peer.detect(text)).detections.length > 0),
  };
}
