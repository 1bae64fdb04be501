/**
 * From what is special about a gadget to its whole definition: fills in what was left out and refuses what cannot be.
 */
import { interfaceAssociation, type GadgetDefinition, type GadgetSpec } from './definition.ts';
import { GadgetDefinitionError } from './errors.ts';
import { problemsOf } from './problems.ts';

/** Throws a GadgetDefinitionError that lists everything that is wrong. */
export function buildGadget(spec: GadgetSpec): GadgetDefinition {
  const definition = withDefaults(spec);
  const problems = problemsOf(definition);
  if (problems.length > 0) throw new GadgetDefinitionError(`gadget ${spec.name}`, problems);
  return definition;
}

/** What is wrong with a gadget, each a sentence; empty when it can be registered. Touches nothing. */
export function check(spec: GadgetSpec): string[] {
  return problemsOf(withDefaults(spec));
}

function withDefaults(spec: GadgetSpec): GadgetDefinition {
  return {
    name: spec.name,
    vendorId: spec.vendorId,
    productId: spec.productId,
    deviceVersion: spec.deviceVersion ?? 0,
    usbVersion: spec.usbVersion ?? 0x0200,
    deviceClass: spec.deviceClass ?? interfaceAssociation,
    // The only size that high speed allows, and every controller of full speed takes.
    controlPacketSize: 64,
    strings: spec.strings,
    language: spec.language ?? 0x0409,
    maxPowerMilliamps: spec.maxPowerMilliamps ?? 500,
    isSelfPowered: spec.isSelfPowered ?? false,
    microsoftVendorCode: spec.microsoftVendorCode ?? 0xcd,
    functions: spec.functions,
  };
}
