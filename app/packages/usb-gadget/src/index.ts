/** USB gadgets of Linux through configfs and FunctionFS. */
export * from './errors.ts';
export { buildGadget, check } from './build-gadget.ts';
export {
  interfaceAssociation,
  type DeviceClass,
  type GadgetDefinition,
  type GadgetSpec,
  type GadgetStrings,
} from './definition.ts';
export { functionName, type GadgetFunction } from './functions/gadget-function.ts';
export type { EthernetOptions } from './functions/ethernet.ts';
export { ncm, type NcmOptions } from './functions/ncm.ts';
export { ecm } from './functions/ecm.ts';
export { rndis } from './functions/rndis.ts';
export { acm } from './functions/acm.ts';
export { functionFs } from './functions/function-fs.ts';
export type { ExtendedProperty, MicrosoftDescriptor } from './microsoft-descriptor.ts';
export { canonicalMac } from './mac-address.ts';
export { register } from './register.ts';
export { RegisteredGadget } from './registered-gadget.ts';
export { remove, type RemoveOptions } from './remove.ts';
export { readStatus, type FunctionStatus, type GadgetStatus } from './status.ts';
export {
  listControllers,
  waitForController,
  type ControllerStatus,
  type WaitOptions,
} from './controller.ts';
export { kernelFiles, type FolderEntry, type GadgetFiles } from './gadget-files.ts';
export type { GadgetOptions } from './roots.ts';
export {
  functionFsDescriptors,
  type FunctionFsEndpoint,
  type FunctionFsInterface,
} from './function-fs/descriptors.ts';
export { functionFsStrings } from './function-fs/strings.ts';
export { Endpoint0, openEndpoint0, type Endpoint0Options } from './function-fs/endpoint0.ts';
export {
  mountFunctionFs,
  unmountFunctionFs,
  type FunctionFsMountOptions,
  type FunctionFsUnmountOptions,
} from './function-fs/mount.ts';
