import type { Clock } from '../../../shared/ports/clock.ts';
import type { NodeOptions } from '../kubelet/kubelet.ts';
import { type NodeObject, type ObjectCondition, stamp } from './objects.ts';

const READY: readonly (readonly [string, 'True' | 'False', string, string])[] = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
];

/** A node as its kubelet registers it. One of another architecture than the first is tainted: pods must ask for it. */
export function nodeObject(node: NodeOptions, all: readonly NodeOptions[], clock: Clock): NodeObject {
  const { name, architecture, hostIp, podNetwork } = node;
  const now = stamp(clock);
  const isOther = architecture !== all[0]?.architecture;
  const resources = { cpu: '4', memory: '16Gi', pods: '250', 'ephemeral-storage': '100Gi' };
  const conditions = READY.map(([type, status, reason, message]): ObjectCondition & { lastHeartbeatTime: string } => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }));
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: '',
      resourceVersion: '',
      creationTimestamp: now,
      labels: {
        'kubernetes.io/arch': architecture,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/hostname': name,
        'beta.kubernetes.io/arch': architecture,
        'beta.kubernetes.io/os': 'linux',
      },
    },
    spec: {
      podCIDR: `${podNetwork}.0/24`,
      ...(isOther && { taints: [{ key: 'kubernetes.io/arch', value: architecture, effect: 'NoSchedule' }] }),
    },
    status: {
      conditions,
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: 'InternalIP', address: hostIp },
        { type: 'Hostname', address: name },
      ],
      images: [],
      nodeInfo: {
        architecture,
        operatingSystem: 'linux',
        osImage: 'Debian GNU/Linux 13 (trixie)',
        kernelVersion: '6.12.0',
        kubeletVersion: 'v1.36.3',
        kubeProxyVersion: '',
        containerRuntimeVersion: 'containerd://2.4.2',
        machineID: name,
        systemUUID: name,
        bootID: name,
      },
    },
  };
}
