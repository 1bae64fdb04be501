/**
 * Property tests run from one seed, so that a run can be repeated and a green tree stays green.
 * PROPERTY_SEED=random (or a number) explores; a failure prints the seed and path that repeat it.
 */
import fc from 'fast-check';

const wanted = process.env.PROPERTY_SEED ?? '1';

if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
