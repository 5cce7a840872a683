import type { ContactList } from '../../../../generated/ewallet/v1/contact_service.js';
import { formatId } from '../../../model/public-id.js';
import { newestOf } from '../account-data.js';
import { optional, required } from '../arguments.js';
import { type InstructionCall, instruction } from '../instruction.js';
import { fieldsOf, mapOf } from '../reply-shape.js';
import { byId, dateText, numberOf, present, textOrNull } from '../values.js';
import { referenceOf } from '../wallet-data.js';

const listShape = fieldsOf({
  id: 'int',
  user: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  records: mapOf('string'),
});
const recordShape = fieldsOf({
  id: 'int',
  contact_list: 'int',
  reference: 'string',
  create_date: 'string',
  write_date: 'string',
  name: 'string',
  email: 'string',
  phone: 'string',
  notes: 'string',
});
const reply = { contact_list: 'int', list_data: listShape } as const;

/** Lists of contacts. */
export const contactListInstructions = [
  instruction({
    name: 'CreateContactList',
    chain: ['new', 'contact', 'list'],
    reply,
    method: 'ContactService/CreateContactList',
    async run(_, call) {
      return showList(call, (await call.services.contacts.createContactList({})).contactList);
    },
  }),
  instruction({
    name: 'ViewContactList',
    chain: ['view', 'contact', 'list'],
    reply,
    method: 'ContactService/GetContactList',
    async run(_, call) {
      return showList(call, (await call.services.contacts.getContactList({})).contactList);
    },
  }),
  instruction({
    name: 'SwitchContactList',
    chain: ['switch', 'contact', 'list'],
    args: { list_id: required('int') },
    reply,
    method: 'ContactService/SwitchContactList',
    async run({ list_id: id }, call) {
      const contactListId = formatId('contactList', id);
      const { contactList } = await call.services.contacts.switchContactList({ contactListId });
      return showList(call, contactList);
    },
  }),
  instruction({
    name: 'UnlinkContactList',
    chain: ['unlink', 'contact', 'list'],
    args: { list_id: required('int') },
    reply: { contact_list: 'int' },
    method: 'ContactService/UnlinkContactList',
    async run({ list_id: id }, { services }) {
      await services.contacts.unlinkContactList({ contactListId: formatId('contactList', id) });
      return { contact_list: id };
    },
  }),
];

/** Contacts. As with the predecessor they go to the active list, whichever the instruction names. */
export const contactRecordInstructions = [
  instruction({
    name: 'AddContactRecord',
    chain: ['new', 'contact', 'record'],
    args: {
      user_email: optional('string'),
      user_name: optional('string'),
      user_phone: optional('string'),
      user_reference: optional('string'),
      notes: optional('string'),
      contact_list: optional('int'),
    },
    reply: { contact_list: 'int', contact_record: 'int' },
    method: 'ContactService/CreateContactRecord',
    async run(given, { services }) {
      const { contactRecord } = await services.contacts.createContactRecord({
        reference: given.user_reference ?? '',
        name: given.user_name ?? '',
        email: given.user_email ?? '',
        phone: given.user_phone ?? '',
        notes: given.notes ?? '',
      });
      const { contactListId, contactRecordId } = present(contactRecord);
      return {
        contact_list: numberOf('contactList', contactListId),
        contact_record: numberOf('contactRecord', contactRecordId),
      };
    },
  }),
  instruction({
    name: 'ViewContactRecord',
    chain: ['view', 'contact', 'record'],
    args: { record_id: required('int') },
    reply: { contact_list: 'int', contact_record: 'int', record_data: recordShape },
    method: 'ContactService/GetContactRecord',
    async run({ record_id: id }, { services }) {
      const contactRecordId = formatId('contactRecord', id);
      const { contactRecord } = await services.contacts.getContactRecord({ contactRecordId });
      const record = present(contactRecord);
      const listId = numberOf('contactList', record.contactListId);
      return {
        contact_list: listId,
        contact_record: id,
        record_data: {
          id,
          contact_list: listId,
          reference: record.reference,
          create_date: dateText(record.createTime),
          write_date: dateText(record.updateTime),
          name: textOrNull(record.name),
          email: textOrNull(record.email),
          phone: textOrNull(record.phone),
          notes: textOrNull(record.notes),
        },
      };
    },
  }),
  instruction({
    name: 'UnlinkContactRecord',
    chain: ['unlink', 'contact', 'record'],
    args: { record_id: required('int') },
    reply: { contact_list: 'int', contact_record: 'int' },
    method: 'ContactService/UnlinkContactRecord',
    async run({ record_id: id }, { services }) {
      const contactRecordId = formatId('contactRecord', id);
      const { contactListId } = await services.contacts.unlinkContactRecord({ contactRecordId });
      return { contact_list: numberOf('contactList', contactListId), contact_record: id };
    },
  }),
];

async function showList({ services }: InstructionCall, contactList: ContactList | undefined) {
  const list = present(contactList);
  const { contactListId } = list;
  const records = await newestOf(
    (page) => services.contacts.listContactRecords({ ...page, contactListId }),
    (found) => found.contactRecords,
  );
  const id = numberOf('contactList', contactListId);
  const data = {
    id,
    user: numberOf('account', list.accountId),
    reference: list.reference,
    create_date: dateText(list.createTime),
    write_date: dateText(list.updateTime),
    records: byId('contactRecord', records, (record) => record.contactRecordId, referenceOf),
  };
  return { contact_list: id, list_data: data };
}
