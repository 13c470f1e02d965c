// Every detector there is.
import type { Detector } from '../detector.ts';
import { burst } from './burst.ts';
import { expr } from './expr.ts';
import { forwarded } from './forwarded.ts';
import { keywords } from './keywords.ts';
import { language } from './language.ts';
import { lures } from './lures.ts';
import { model } from './model.ts';
import { pattern } from './pattern.ts';
import { personalData } from './personal-data.ts';
import { secrets } from './secrets.ts';
import { size } from './size.ts';
import { sticker } from './sticker.ts';
import { type } from './type.ts';
import { urls } from './urls.ts';
import { workingHours } from './working-hours.ts';

/** By the condition's key. The CRD schema says which options each takes, so that the options are trusted here. */
export const detectors: ReadonlyMap<string, Detector<never>> = new Map<string, Detector<never>>(
  [
    keywords,
    pattern,
    type,
    size,
    personalData,
    secrets,
    urls,
    language,
    lures,
    workingHours,
    forwarded,
    sticker,
    burst,
    model,
    expr,
  ].map((detector) => [detector.name, detector as Detector<never>]),
);
